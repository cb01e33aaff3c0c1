/** Janus's requests, as far as a transport looks into them. @module */

/** The fields of a request that say what it wants, and of what. */
export interface RequestHead {
  readonly janus: string | undefined;
  readonly transaction: string | undefined;
  /** Exact, also beyond 2^53; undefined if there is none or it is no integer. */
  readonly session_id: bigint | undefined;
  readonly plugin: string | undefined;
  readonly apisecret: string | undefined;
  readonly token: string | undefined;
  readonly maxev: number | undefined;
}

// ES2025: the source text of a number reaches the reviver.
type Parse = (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

/** Reads the head of a request; null if it is not a JSON object. */
export function readRequestHead(bytes: Uint8Array): RequestHead | null {
  let value: unknown;
  try {
    const text = new TextDecoder().decode(trimNul(bytes));
    value = (JSON.parse as Parse)(text, (key, value, { source }) => {
      const exact = key === "session_id" && typeof value === "number" && source !== undefined;
      return exact && /^-?\d+$/.test(source) ? BigInt(source) : value;
    });
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const fields = value as Record<string, unknown>;
  const text = (name: string) => {
    const field = fields[name];
    return typeof field === "string" ? field : undefined;
  };
  return {
    janus: text("janus"),
    transaction: text("transaction"),
    session_id: typeof fields.session_id === "bigint" ? fields.session_id : undefined,
    plugin: text("plugin"),
    apisecret: text("apisecret"),
    token: text("token"),
    maxev: typeof fields.maxev === "number" ? fields.maxev : undefined,
  };
}

/** C programs often send their string's final NUL along. */
function trimNul(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes;
}
