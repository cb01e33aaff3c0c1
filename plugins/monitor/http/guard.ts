/** Which requests are served: none of another site's pages. @module */

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

/**
 * Looks whether a request may be served; null if it may.
 *
 * Another site can have its own name lead to this address, and then read as if it were that site (DNS
 * rebinding). So the host must be an address, `localhost`, or a name that the operator has given.
 */
export function refuse(request: Request, names: ReadonlySet<string>): Refusal | null {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, text: "Only GET and HEAD", headers: { allow: "GET, HEAD" } };
  }
  const host = request.headers.get("host") ?? "";
  if (!isKnownHost(host, names)) {
    return { status: 421, text: "Unknown host: the monitor takes names that --host gives" };
  }
  if (request.headers.get("sec-fetch-site") === "cross-site" && !isNavigation(request)) {
    return { status: 403, text: "Not for pages of other sites" };
  }
  return null;
}

/** A link that somebody follows is no page reading us. */
function isNavigation({ headers }: Request): boolean {
  return headers.get("sec-fetch-mode") === "navigate";
}

function isKnownHost(host: string, names: ReadonlySet<string>): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (/^\[[0-9a-f:.]+\]$/.test(name) || /^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return true;
  return name === "localhost" || names.has(name);
}
