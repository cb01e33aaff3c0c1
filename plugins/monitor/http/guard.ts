/** Which requests are served: none of another site's pages. @module */
import type { IncomingMessage } from "node:http";

/** What all answers have: nothing in them runs, and no other site frames them. The page has more. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** Why a request is refused. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is asked for, and by which name. */
export interface Target {
  readonly host: string;
  /** Begins with a slash. */
  readonly pathname: string;
  readonly query: URLSearchParams;
}

/** What of a request is looked at. */
export type Asked = Pick<IncomingMessage, "method" | "url" | "headers" | "rawHeaders">;

/** Reads what is asked for; null if that makes no sense. */
export function targetOf({ url = "", headers, rawHeaders }: Asked): Target | null {
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host");
  if (hosts.length > 1) return null;
  // A proxy may name the host here; then that counts.
  const [, named, rest = url] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? [];
  const path = rest === "" ? "/" : rest;
  if (!path.startsWith("/")) return null;
  // Not as an address of its own: two slashes would begin a host.
  const [pathname = "", query] = path.split("#", 1)[0]!.split(/\?(.*)/s);
  return { host: named ?? headers.host ?? "", pathname, query: new URLSearchParams(query ?? "") };
}

/**
 * Looks whether a request may be served; null if it may.
 *
 * Another site can have its own name lead to this address, and then read as if it were that site (DNS
 * rebinding). So the host must be an address, `localhost`, or a name that the operator has given.
 */
export function refuse(
  { method, headers }: Asked,
  host: string,
  names: ReadonlySet<string>,
): Refusal | null {
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, text: "Only GET and HEAD", headers: { allow: "GET, HEAD" } };
  }
  if (!isKnownHost(host, names)) {
    return { status: 421, text: "Unknown host: the monitor takes names that --host gives" };
  }
  if (headers["sec-fetch-site"] === "cross-site" && headers["sec-fetch-mode"] !== "navigate") {
    // A link that somebody follows is no page reading us.
    return { status: 403, text: "Not for pages of other sites" };
  }
  return null;
}

function isKnownHost(host: string, names: ReadonlySet<string>): boolean {
  const [, name = "", port] = /^(.*?)(?::(\d{1,5}))?$/s.exec(host.toLowerCase())!;
  if (port !== undefined && Number(port) > 65_535) return false;
  if (/^\[[0-9a-f:.]+\]$/.test(name) || /^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return true;
  return name === "localhost" || names.has(name);
}
