/** The server's own secret key (CURVE). @module */
import { readKeyLines } from "./keyring.ts";
import { fileFault, readText } from "./watched_file.ts";

const OTHERS = 0o077;

/**
 * Reads a secret key, 32 bytes, from a file that nobody but its owner may read or write.
 *
 * @throws {Error} with the path, and with what to do
 */
export function readSecretKey(path: string): Uint8Array<ArrayBuffer> {
  let mode: number;
  try {
    mode = Deno.statSync(path).mode ?? 0;
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${fileFault(error)}`);
  }
  if ((mode & OTHERS) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    throw new Error(
      `Cannot use ${path}: its mode ${octal} lets others at the secret key. Run chmod 600 ${path}`,
    );
  }
  const [line, ...more] = readKeyLines(readText(path));
  if (line === undefined || more.length > 0) {
    throw new Error(
      `Cannot use ${path}: it must hold one key, and has ${more.length + (line ? 1 : 0)}`,
    );
  }
  return Uint8Array.fromHex(line.key);
}
