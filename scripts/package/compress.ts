/** gzip without a name or a time in it: the same bytes from the same text. */
import { gzipSync } from "node:zlib";

/** As `gzip -9n`. */
export function gzip(text: string): Uint8Array {
  return new Uint8Array(gzipSync(text, { level: 9 }));
}
