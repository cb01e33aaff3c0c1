/** JSON without loss: integers that a number can't hold exactly are bigints. @module */

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

// Newer than TypeScript's declarations of them.
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Digits of 2^53 = 9007199254740992: with fewer an integer is exact. */
const LONG = 16;
const INTEGER = /^-?\d+$/;
/** An integer of C's begins to overflow here: at 9223372036854775808. */
const TOO_LARGE = 2 ** 63;
const HUGE = 19;

/**
 * Parses JSON.
 *
 * @returns integers beyond 2^53 as bigints, everything else as `JSON.parse` does
 * @throws {SyntaxError} if the text is no JSON
 */
export function parseJson(text: string): unknown {
  // A reviver makes parsing several times slower.
  if (!hasLongInteger(text)) return JSON.parse(text);
  return parse(text, (_key, value, { source }) => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    return source !== undefined && INTEGER.test(source) ? BigInt(source) : value;
  });
}

/**
 * Writes JSON that Janus and other readers in C take: bigints become the integers that they are, and
 * reals from 2^63 on stay reals, which `JSON.stringify` writes as integers too large for them.
 *
 * @param indent of each level, in blanks
 * @throws {RangeError} for a bigint beyond 64 bits: no reader in C would take it
 */
export function stringifyJson(value: unknown, indent = 0): string {
  let text: string | undefined;
  try {
    // Told of an indent, though it is none, it takes twice as long.
    text = indent === 0 ? JSON.stringify(value) : JSON.stringify(value, undefined, indent);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // a bigint; or what can't be written at all
  }
  // A replacer makes writing several times slower.
  if (text !== undefined && !hasLongInteger(text, HUGE)) return text;
  return JSON.stringify(value, (_key, part) => exactly(part), indent);
}

function exactly(part: unknown): unknown {
  if (typeof part === "bigint") {
    if (BigInt.asIntN(64, part) === part) return rawJSON(String(part));
    throw new RangeError(`Cannot write ${part}: it takes more than 64 bits`);
  }
  const isHuge = typeof part === "number" && Math.abs(part) >= TOO_LARGE && Number.isFinite(part);
  return isHuge ? rawJSON(part.toExponential()) : part;
}

/**
 * True if there is an integer beyond 2^53 in the text; seldom true for others. The times of events,
 * in microseconds, have 16 digits but do not begin with a 9.
 *
 * @param least digits that it has to have, and 9 first if it has no more
 */
export function hasLongInteger(text: string, least = LONG): boolean {
  // Every run of so many digits has one at a multiple of that.
  for (let at = least - 1; at < text.length; at += least) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let first = at;
    let end = at + 1;
    while (isDigit(text.charCodeAt(first - 1))) first--;
    while (isDigit(text.charCodeAt(end))) end++;
    const digits = end - first;
    if ((digits > least || digits === least && text[first] === "9") && isNumber(text, first)) {
      return true;
    }
  }
  return false;
}

/** False if the digits that begin there are inside a string, most likely, or behind a point. */
function isNumber(text: string, first: number): boolean {
  let before = first - 1;
  if (text[before] === "-") before--;
  while (before >= 0 && " \n\r\t".includes(text[before]!)) before--;
  return before < 0 || ":,[".includes(text[before]!);
}

/** False for no code at all, too. */
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
