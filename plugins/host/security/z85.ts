/** Z85, the text form of CURVE keys (ZeroMQ RFC 32): 40 characters for 32 bytes. @module */

const ALPHABET =
  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));
const BASE = 85;

/** Characters of a key. */
export const KEY_CHARACTERS = 40;
/** Bytes of a key. */
export const KEY_BYTES = 32;

/** Bytes as text; their number must be a multiple of 4. */
export function encodeZ85(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) throw new RangeError(`Cannot encode ${bytes.length} bytes as Z85`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    let value = view.getUint32(at);
    let group = "";
    for (let i = 0; i < 5; i++) {
      group = ALPHABET[value % BASE]! + group;
      value = Math.floor(value / BASE);
    }
    text += group;
  }
  return text;
}

/** The bytes of a text; null if it is not Z85. */
export function decodeZ85(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 5 !== 0) return null;
  const bytes = new Uint8Array(text.length / 5 * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at += 5) {
    let value = 0;
    for (let i = at; i < at + 5; i++) {
      const digit = VALUES.get(text[i]!);
      if (digit === undefined) return null;
      value = value * BASE + digit;
    }
    if (value > 0xffffffff) return null;
    view.setUint32(at / 5 * 4, value);
  }
  return bytes;
}

/** The bytes of a key; null if the text is none. */
export function decodeKey(text: string): Uint8Array<ArrayBuffer> | null {
  return text.length === KEY_CHARACTERS ? decodeZ85(text) : null;
}
