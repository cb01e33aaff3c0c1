/**
 * Addresses as operators write them, and the endpoints that `zmq_bind` and `zmq_connect` take.
 *
 * Source: zmq_tcp(7) and zmq_ipc(7). Only what a server that others reach can use is accepted, and
 * it is checked here, since `zmq_bind` has one errno for many mistakes.
 */

/** Whether a socket waits for connections or makes them. */
export type Mode = "bind" | "connect";

/** A TCP port, `"*"` for any free one, or null where an address has none. */
type Port = number | "*" | null;

/** An address, taken apart. */
export type Address =
  | { readonly scheme: "tcp"; readonly host: string; readonly port: Port; readonly ipv6: boolean }
  | { readonly scheme: "ipc"; readonly path: string };

/** An address, or what is wrong with it. */
export type ParsedAddress = { readonly address: Address } | { readonly fault: string };

/** What `zmq_bind` and `zmq_connect` need to know. */
export interface Endpoint {
  /** For example `tcp://127.0.0.1:5545`. */
  readonly endpoint: string;
  /** Whether the socket needs `ZMQ_IPV6`. */
  readonly ipv6: boolean;
}

/** Where a socket is to be found, or where it goes. */
export interface Sites {
  readonly mode: Mode;
  /** One at least. */
  readonly endpoints: readonly Endpoint[];
}

/** For example `on tcp://127.0.0.1:5545`, or `to tcp://collector:5545 and tcp://...`. */
export function describeSites({ mode, endpoints }: Sites): string {
  const list = endpoints.map(({ endpoint }) => endpoint).join(" and ");
  return `${mode === "bind" ? "on" : "to"} ${list}`;
}

/** What an address may look like. */
export const ADDRESS_FORMS = '"tcp://127.0.0.1", "tcp://*:5545", "tcp://[::1]:5545", "tcp://eth0"' +
  ' or "ipc:///run/janus/zmq.sock"';

/** What `sun_path` holds on Linux, less the final NUL. */
const MAX_IPC_PATH_BYTES = 107;

const HIGHEST_PORT = 65535;

/** Reads an address, with or without a port. Hosts by name are for {@linkcode Mode} connect. */
export function parseAddress(text: string, mode: Mode = "bind"): ParsedAddress {
  const split = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s.exec(text);
  if (split === null) return { fault: `is no endpoint: write ${guessEndpoint(text)}` };
  const [, scheme = "", rest = ""] = split;
  switch (scheme) {
    case "tcp":
      return parseTcp(rest, mode);
    case "ipc":
      return parseIpc(rest);
    case "inproc":
      return {
        fault: "is inproc://, which stays inside one process, where no client is:" +
          " use tcp:// or ipc://",
      };
    default:
      return { fault: `has the scheme ${JSON.stringify(scheme)}: use tcp:// or ipc://` };
  }
}

/** Reads an endpoint, which is an address with a port where it needs one. */
export function parseEndpoint(text: string, mode: Mode): ParsedAddress {
  const parsed = parseAddress(text, mode);
  if ("fault" in parsed || parsed.address.scheme === "ipc" || parsed.address.port !== null) {
    return parsed;
  }
  return { fault: `has no port: write ${JSON.stringify(`${text}:5545`)}, for example` };
}

/** The endpoint; `port` counts only where the address needs one and has none. */
export function toEndpoint(address: Address, port: number): Endpoint {
  if (address.scheme === "ipc") return { endpoint: `ipc://${address.path}`, ipv6: false };
  return {
    endpoint: `tcp://${address.host}:${address.port ?? port}`,
    ipv6: address.ipv6,
  };
}

/** Whether two endpoints would take each other's place, as far as their text tells. */
export function endpointsClash(one: Endpoint, other: Endpoint): boolean {
  const [a, b] = [parseAddress(one.endpoint), parseAddress(other.endpoint)];
  if (!("address" in a) || !("address" in b)) return false;
  if (a.address.scheme === "ipc" || b.address.scheme === "ipc") {
    return one.endpoint === other.endpoint;
  }
  if (a.address.port === "*" || a.address.port !== b.address.port) return false;
  return a.address.host === b.address.host || isWildcard(a.address.host) ||
    isWildcard(b.address.host);
}

function isWildcard(host: string): boolean {
  return host === "*" || host === "0.0.0.0" || host === "[::]";
}

function parseTcp(rest: string, mode: Mode): ParsedAddress {
  if (rest.includes("@")) {
    return {
      fault: "has an @, and no user or password stands in an endpoint: who may connect is set in" +
        " the section security",
    };
  }
  const split = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(rest);
  if (split === null || (split[2] ?? "").includes(":")) {
    const example = isIpv6(rest) ? ` "tcp://[${rest}]"` : ' "tcp://[::1]:5545"';
    return { fault: `has too many colons: write an IPv6 address in brackets, as in${example}` };
  }
  const [, host = "", port_text] = split;
  const fault = hostFault(host, mode);
  if (fault !== null) return { fault };
  const port = port_text === undefined ? null : parsePort(port_text, mode);
  if (port === undefined) {
    return {
      fault: `has the port ${JSON.stringify(port_text)}:` +
        ` an integer from 1 to ${HIGHEST_PORT}${mode === "bind" ? ", or * for any free one" : ""}`,
    };
  }
  return { address: { scheme: "tcp", host, port, ipv6: host.startsWith("[") } };
}

function parsePort(text: string, mode: Mode): Port | undefined {
  if (text === "*" && mode === "bind") return "*";
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= HIGHEST_PORT ? port : undefined;
}

/** Why ZeroMQ could not listen there, or connect to it, or null. */
function hostFault(host: string, mode: Mode): string | null {
  if (host === "") return 'has no host: write "tcp://127.0.0.1", or "tcp://*" for every interface';
  if (host.startsWith("[")) {
    const inside = host.slice(1, -1);
    return isIpv6(inside) ? null : `has ${JSON.stringify(inside)} in brackets: no IPv6 address`;
  }
  if (mode === "connect" && (host === "*" || host === "0.0.0.0")) {
    return `has the host ${host}: to connect, name one`;
  }
  if (mode === "bind" && host.toLowerCase() === "localhost") {
    return "names a host, and ZeroMQ listens on IP addresses and interfaces only:" +
      ' write "tcp://127.0.0.1"';
  }
  if (/^[\d.]+$/.test(host)) {
    return isIpv4(host) ? null : `has ${JSON.stringify(host)}, which is no IPv4 address`;
  }
  if (host === "*" || /^[A-Za-z0-9_.-]+$/.test(host)) return null;
  const kinds = mode === "bind" ? "IP address, interface or *" : "IP address or host name";
  return `has ${JSON.stringify(host)}, which is no ${kinds}`;
}

/** Whether text is an IPv4 address of four decimal numbers. */
export function isIpv4(text: string): boolean {
  const octets = text.split(".");
  return octets.length === 4 &&
    octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
}

/** Whether text is an IPv6 address, with or without a scope. */
export function isIpv6(text: string): boolean {
  const [bare = "", scope] = text.split("%", 2);
  if (scope === "" || !bare.includes(":") || !/^[0-9A-Fa-f:.]+$/.test(bare)) return false;
  return URL.canParse(`http://[${bare}]/`);
}

function parseIpc(path: string): ParsedAddress {
  const is_abstract = path.startsWith("@") && path.length > 1;
  if (!is_abstract && !/^\/[^/]*./.test(path)) {
    return { fault: 'needs a whole path, as in "ipc:///run/janus/zmq.sock"' };
  }
  if (path.includes("\0")) return { fault: "has a NUL character in its path" };
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > MAX_IPC_PATH_BYTES) {
    return {
      fault: `has a path of ${bytes} bytes: Linux takes ${MAX_IPC_PATH_BYTES} at most`,
    };
  }
  return { address: { scheme: "ipc", path } };
}

/** What was probably meant by an address without a scheme. */
function guessEndpoint(text: string): string {
  const guess = text.startsWith("/")
    ? `ipc://${text}`
    : isIpv6(text)
    ? `tcp://[${text}]`
    : `tcp://${text}`;
  return "address" in parseAddress(guess) ? JSON.stringify(guess) : ADDRESS_FORMS;
}
