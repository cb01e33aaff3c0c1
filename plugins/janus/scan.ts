/**
 * Finds the fields of a JSON object without building what is in them, and says whether Janus takes
 * it: it accepts what jansson's `json_loadb` does, byte for byte. A difference would let a request
 * pass as something else than what Janus then makes of it.
 *
 * @module
 */

const [TAB, NEWLINE, RETURN, BLANK] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, COMMA, MINUS, PLUS, POINT] = [0x22, 0x2c, 0x2d, 0x2b, 0x2e];
const [ZERO, NINE, COLON, BACKSLASH] = [0x30, 0x39, 0x3a, 0x5c];
const [SMALL_E, CAPITAL_E, SMALL_U] = [0x65, 0x45, 0x75];
const [OPEN_BRACKET, OPEN_BRACE] = [0x5b, 0x7b];
/** From an opening bracket to the one that closes it, of either kind. */
const TO_CLOSE = 2;

/** jansson's `JSON_PARSER_MAX_DEPTH`. */
const MAX_DEPTH = 2048;
/** From here on a real is infinite: halfway from the largest one to 2^1024, 309 digits. */
const OVERFLOW = encode(String(2n ** 1024n - 2n ** 970n));
const LARGEST = encode(String(2n ** 63n - 1n));
const SMALLEST = encode(String(2n ** 63n));
/** No text is long enough to make up for a larger exponent. */
const MAX_EXPONENT = 1e12;

const [TRUE, FALSE, NULL] = [encode("true"), encode("false"), encode("null")];
/** What may follow a backslash, besides u. */
const ESCAPES = encode('"\\/bfnrt');

/** The brackets that are open; nobody calls back in between. */
const open = new Uint8Array(MAX_DEPTH);

/** Where the value of a field begins and ends; the last one, where a field is said several times. */
export interface Span {
  from: number;
  to: number;
}

/**
 * Scans an object.
 *
 * @param names the fields to find, which are letters and `_`
 * @param spans gets their values, by the same index; those before the fault too, if there is one
 * @returns whether it is an object, and one that jansson takes
 */
export function scanObject(
  bytes: Uint8Array,
  names: readonly Uint8Array[],
  spans: (Span | undefined)[],
): boolean {
  let at = skipBlanks(bytes, 0);
  if (bytes[at] !== OPEN_BRACE) return false;
  let depth = 0;
  let name = -1;
  let from = 0;
  for (;;) {
    // Here begins a value.
    if (depth === MAX_DEPTH) return false;
    if (depth === 1) from = at;
    const first = bytes[at]!;
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      open[depth++] = first;
      at = skipBlanks(bytes, at + 1);
    } else {
      at = skipScalar(bytes, at, first);
      if (at < 0) return false;
      if (depth === 1 && name >= 0) spans[name] = { from, to: at };
      at = skipBlanks(bytes, at);
    }
    // Behind one, or behind an opening bracket.
    let empty = first === OPEN_BRACE || first === OPEN_BRACKET;
    for (;; empty = false) {
      const next = bytes[at];
      if (next === open[depth - 1]! + TO_CLOSE) {
        at++;
        if (--depth === 0) return skipBlanks(bytes, at) === bytes.length;
        if (depth === 1 && name >= 0) spans[name] = { from, to: at };
        at = skipBlanks(bytes, at);
        continue;
      }
      if (!empty) {
        if (next !== COMMA) return false;
        at = skipBlanks(bytes, at + 1);
      }
      break;
    }
    if (open[depth - 1] !== OPEN_BRACE) continue;
    const key = at;
    at = bytes[at] === QUOTE ? skipString(bytes, at) : -1;
    if (at < 0) return false;
    if (depth === 1) name = findName(bytes, key + 1, at - 1, names);
    at = skipBlanks(bytes, at);
    if (bytes[at] !== COLON) return false;
    at = skipBlanks(bytes, at + 1);
  }
}

/** Behind the value that is no object and no array; -1 if it is not what jansson takes. */
function skipScalar(bytes: Uint8Array, at: number, first: number): number {
  if (first === QUOTE) return skipString(bytes, at);
  const end = first === MINUS || isDigit(first) ? skipNumber(bytes, at) : skipWord(bytes, at);
  // jansson looks at the next byte, puts it back, and forgets it if it was a NUL.
  return end >= 0 && bytes[end] === 0 ? end + 1 : end;
}

function skipBlanks(bytes: Uint8Array, at: number): number {
  for (const { length } = bytes; at < length; at++) {
    const byte = bytes[at]!;
    if (byte > BLANK) return at;
    if (byte !== BLANK && byte !== NEWLINE && byte !== RETURN && byte !== TAB) return at;
  }
  return at;
}

function skipWord(bytes: Uint8Array, at: number): number {
  const word = bytes[at] === TRUE[0] ? TRUE : bytes[at] === FALSE[0] ? FALSE : NULL;
  for (let i = 0; i < word.length; i++, at++) if (bytes[at] !== word[i]) return -1;
  return isLetter(bytes[at]) ? -1 : at;
}

/** Behind a string that begins with the quotation mark there. */
function skipString(bytes: Uint8Array, at: number): number {
  const { length } = bytes;
  for (at++; at < length;) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    if (byte < BLANK) return -1;
    if (byte === BACKSLASH) at = skipEscape(bytes, at);
    else if (byte < 0x80) at++;
    else at = skipCharacter(bytes, at);
    if (at < 0) return -1;
  }
  return -1;
}

/** Behind an escape; the two halves of a character beyond 16 bits are one. */
function skipEscape(bytes: Uint8Array, at: number): number {
  if (bytes[at + 1] !== SMALL_U) return ESCAPES.includes(bytes[at + 1]!) ? at + 2 : -1;
  const unit = hexadecimal(bytes, at + 2);
  if (unit <= 0 || unit >= 0xdc00 && unit <= 0xdfff) return -1; // no NUL: Janus's strings are C's
  if (unit < 0xd800 || unit > 0xdfff) return at + 6;
  if (bytes[at + 6] !== BACKSLASH || bytes[at + 7] !== SMALL_U) return -1;
  const low = hexadecimal(bytes, at + 8);
  return low >= 0xdc00 && low <= 0xdfff ? at + 12 : -1;
}

/** Four hexadecimal digits; -1 if they are not. */
function hexadecimal(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i] ?? 0;
    const letter = byte | 0x20;
    if (isDigit(byte)) value = value * 16 + byte - ZERO;
    else if (letter >= 0x61 && letter <= 0x66) value = value * 16 + letter - 0x57;
    else return -1;
  }
  return value;
}

/** Behind a character of UTF-8 that takes two bytes or more. */
function skipCharacter(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const second = bytes[at + 1] ?? 0;
  if (first < 0xc2 || first > 0xf4 || !isContinuation(second)) return -1;
  if (first < 0xe0) return at + 2;
  if (!isContinuation(bytes[at + 2])) return -1;
  if (first < 0xf0) {
    // Longer than need be, or half of a character.
    return first === 0xe0 && second < 0xa0 || first === 0xed && second > 0x9f ? -1 : at + 3;
  }
  if (first === 0xf0 && second < 0x90 || first === 0xf4 && second > 0x8f) return -1;
  return isContinuation(bytes[at + 3]) ? at + 4 : -1;
}

/** Behind a number that fits 64 bits, or a real that is finite. */
function skipNumber(bytes: Uint8Array, at: number): number {
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  let end = at;
  if (bytes[end] === ZERO) end++;
  else end = skipDigits(bytes, end);
  if (end === at || isDigit(bytes[end])) return -1;
  const point = end;
  if (bytes[end] === POINT) {
    end = skipDigits(bytes, point + 1);
    if (end === point + 1) return -1;
  }
  const digits = end;
  const e = bytes[end];
  if (e !== SMALL_E && e !== CAPITAL_E) {
    const whole = digits === point;
    if (whole) return fitsInteger(bytes, at, end, negative) ? end : -1;
    return isFinite(bytes, at, point, digits, 0) ? end : -1;
  }
  const sign = bytes[++end];
  if (sign === MINUS || sign === PLUS) end++;
  const start = end;
  let exponent = 0;
  for (; isDigit(bytes[end]); end++) {
    exponent = Math.min(MAX_EXPONENT, exponent * 10 + bytes[end]! - ZERO);
  }
  if (end === start) return -1;
  return isFinite(bytes, at, point, digits, sign === MINUS ? -exponent : exponent) ? end : -1;
}

function skipDigits(bytes: Uint8Array, at: number): number {
  while (isDigit(bytes[at])) at++;
  return at;
}

function fitsInteger(bytes: Uint8Array, at: number, end: number, negative: boolean): boolean {
  const limit = negative ? SMALLEST : LARGEST;
  if (end - at !== limit.length) return end - at < limit.length;
  return compareDigits(bytes, at, end, limit) <= 0;
}

/** Whether digits with a point in or behind them, times ten to the exponent, are no infinity. */
function isFinite(
  bytes: Uint8Array,
  at: number,
  point: number,
  end: number,
  exponent: number,
): boolean {
  // As 0.ddd times ten to the magnitude, where the first d is not 0.
  if (point - at + exponent < OVERFLOW.length) return true;
  let first = at;
  while (first < end && (bytes[first] === ZERO || bytes[first] === POINT)) first++;
  const magnitude = point - first + (first > point ? 1 : 0) + exponent;
  if (first === end || magnitude < OVERFLOW.length) return true;
  return magnitude === OVERFLOW.length && compareDigits(bytes, first, end, OVERFLOW) < 0;
}

/** Compares digits, of which those that are not there are 0; a point among them does not count. */
function compareDigits(bytes: Uint8Array, at: number, end: number, limit: Uint8Array): number {
  for (let i = 0; i < limit.length; i++, at++) {
    if (bytes[at] === POINT) at++;
    const difference = (at < end ? bytes[at]! : ZERO) - limit[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Which of the names stands there, written in whichever way; -1 for none. */
function findName(
  bytes: Uint8Array,
  from: number,
  to: number,
  names: readonly Uint8Array[],
): number {
  for (let i = 0; i < names.length; i++) if (isName(bytes, from, to, names[i]!)) return i;
  return -1;
}

function isName(bytes: Uint8Array, from: number, to: number, name: Uint8Array): boolean {
  if (to - from < name.length) return false;
  for (let i = 0; i < name.length; i++) {
    if (from === to) return false;
    let byte = bytes[from]!;
    if (byte !== BACKSLASH) from++;
    else {
      // Of the escapes only \u gives a letter, and the string is known to be well-formed.
      if (bytes[from + 1] !== SMALL_U) return false;
      byte = hexadecimal(bytes, from + 2);
      from += 6;
    }
    if (byte !== name[i]) return false;
  }
  return from === to;
}

// What is beyond the end is undefined, and compares as false.
function isDigit(byte: number | undefined): boolean {
  return byte! >= ZERO && byte! <= NINE;
}

function isLetter(byte: number | undefined): boolean {
  const letter = byte! | 0x20;
  return letter >= 0x61 && letter <= 0x7a;
}

function isContinuation(byte: number | undefined): boolean {
  return (byte! & 0xc0) === 0x80;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
