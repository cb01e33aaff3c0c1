/** What the address's fragment says, so that a link opens what its sender sees. @module */

/** What is shown. */
export interface Place {
  /** The call that is open. */
  readonly call: { readonly server: number; readonly handle: string } | null;
  readonly filter: string;
  readonly troubled: boolean;
}

const NOWHERE: Place = { call: null, filter: "", troubled: false };

/** Reads a fragment; what makes no sense is left out. */
export function readPlace(hash: string): Place {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const [, server, handle] = /^(\d{1,4})\/(\d{1,20})$/.exec(query.get("call") ?? "") ?? [];
  return {
    ...NOWHERE,
    call: handle === undefined ? null : { server: Number(server), handle },
    filter: (query.get("filter") ?? "").slice(0, 200),
    troubled: query.get("show") === "trouble",
  };
}

/** Writes one. */
export function writePlace({ call, filter, troubled }: Place): string {
  const parts: string[] = [];
  if (call !== null) parts.push(`call=${call.server}/${call.handle}`);
  if (filter !== "") parts.push(`filter=${encodeURIComponent(filter)}`);
  if (troubled) parts.push("show=trouble");
  return parts.length === 0 ? "" : `#${parts.join("&")}`;
}
