/** Janus's requests, as far as a transport looks into them. @module */
import { scanObject, type Span } from "./scan.ts";

/** The fields of a request that say what it wants, and of what. */
export interface RequestHead {
  /** What it wants: in small letters, as Janus takes `Attach` for `attach`. */
  readonly janus: string | undefined;
  readonly transaction: string | undefined;
  /** Exact, also beyond 2^53; undefined if there is none or it is no integer. */
  readonly session_id: bigint | undefined;
  readonly plugin: string | undefined;
  readonly apisecret: string | undefined;
  readonly token: string | undefined;
  readonly maxev: number | undefined;
  /** What it asks of a transport or event handler, if it asks one of them something. */
  readonly query: PluginQuery | undefined;
}

/** A query of the Admin API's for a transport or event handler. */
export interface PluginQuery {
  readonly package: string | undefined;
  /** The member `request` of what it is asked; undefined if that is no text. */
  readonly request: string | undefined;
}

const QUOTE = 0x22;
const NAMES = names("janus", "transaction", "session_id", "plugin", "apisecret", "token", "maxev");
/** Who is asked, by verb, and what. */
const QUERY_NAMES: ReadonlyMap<string, Uint8Array[]> = new Map([
  ["query_transport", names("transport", "request")],
  ["query_eventhandler", names("handler", "request")],
]);
const REQUEST = names("request");
const INTEGER = /^-?\d+$/;
const NUMBER = /^-?\d/;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads the head of a request, in one go over its bytes. The rest is not built.
 *
 * @returns null if Janus does not take it for a JSON object
 */
export function readRequestHead(bytes: Uint8Array): RequestHead | null {
  const text = trimNul(bytes);
  const spans: (Span | undefined)[] = [];
  if (!scanObject(text, NAMES, spans)) return null;
  const [janus, transaction, session_id, plugin, apisecret, token, maxev] = spans;
  const verb = stringAt(text, janus);
  const folded = verb === undefined ? undefined : foldVerb(verb);
  return {
    janus: folded,
    transaction: stringAt(text, transaction),
    session_id: integerAt(text, session_id),
    plugin: stringAt(text, plugin),
    apisecret: stringAt(text, apisecret),
    token: stringAt(text, token),
    maxev: numberAt(text, maxev),
    query: readQuery(text, folded),
  };
}

/** Of a request that jansson takes. Of members that are said several times it keeps the last, too. */
function readQuery(text: Uint8Array, verb: string | undefined): PluginQuery | undefined {
  const names = QUERY_NAMES.get(verb ?? "");
  if (names === undefined) return undefined;
  const spans: (Span | undefined)[] = [];
  scanObject(text, names, spans);
  const [whose, asked] = spans;
  const inner = asked === undefined ? undefined : text.subarray(asked.from, asked.to);
  const inside: (Span | undefined)[] = [];
  const isObject = inner !== undefined && scanObject(inner, REQUEST, inside);
  return {
    package: stringAt(text, whose),
    request: isObject ? stringAt(inner, inside[0]) : undefined,
  };
}

/** What an error repeats of what may be no request, as far as it can be made out before the fault. */
export function readRepeated(
  bytes: Uint8Array,
): Pick<RequestHead, "transaction" | "session_id"> {
  const text = trimNul(bytes);
  const spans: (Span | undefined)[] = [];
  scanObject(text, NAMES, spans);
  const [, transaction, session_id] = spans;
  // A number at the very end may have been cut.
  const whole = session_id?.to === text.length ? undefined : session_id;
  return { transaction: stringAt(text, transaction), session_id: integerAt(text, whole) };
}

/** A verb as Janus compares it (`strcasecmp`): without regard to case, of ASCII letters alone. */
export function foldVerb(verb: string): string {
  return verb.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A request with its verb folded: as hooks see it. */
export function foldRequest<R extends object>(request: R): R {
  const verb = "janus" in request ? request.janus : undefined;
  return typeof verb === "string" ? { ...request, janus: foldVerb(verb) } : request;
}

function stringAt(bytes: Uint8Array, span: Span | undefined): string | undefined {
  if (span === undefined || bytes[span.from] !== QUOTE) return undefined;
  const text = decoder.decode(bytes.subarray(span.from, span.to));
  return text.includes("\\") ? JSON.parse(text) : text.slice(1, -1);
}

function integerAt(bytes: Uint8Array, span: Span | undefined): bigint | undefined {
  const text = scalarAt(bytes, span);
  return INTEGER.test(text) ? BigInt(text) : undefined;
}

function numberAt(bytes: Uint8Array, span: Span | undefined): number | undefined {
  const text = scalarAt(bytes, span);
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** The text of a number; whatever else it may be, it looks like none. */
function scalarAt(bytes: Uint8Array, span: Span | undefined): string {
  // It may have a NUL along that jansson does not see.
  return span === undefined ? "" : decoder.decode(trimNul(bytes.subarray(span.from, span.to)));
}

/** C programs often send their string's final NUL along. */
function trimNul(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes;
}

function names(...texts: string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}
