/** The server's own secret key (CURVE). @module */
import { readKeyLines } from "./keyring.ts";
import { fileFault, type FilePlace, readText } from "../../companion/placed_file.ts";

const OTHERS = 0o077;

/**
 * Reads a secret key, 32 bytes, from a file that nobody but its owner may read or write.
 *
 * @throws {Error} with the path, and with what to do
 */
export function readSecretKey(place: FilePlace): Uint8Array<ArrayBuffer> {
  const { path } = place;
  let mode: number;
  try {
    mode = Deno.statSync(path).mode ?? 0;
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${fileFault(error)}`);
  }
  const text = readText(place);
  let lines: ReturnType<typeof readKeyLines>;
  try {
    lines = readKeyLines(text);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
  }
  if (lines.some(({ key }) => isPublic(place, text, key))) {
    throw new Error(
      `Cannot use ${path} as the secret key: it holds a public one, which everybody may know.` +
        " Name the file that keygen calls server.key",
    );
  }
  if ((mode & OTHERS) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    throw new Error(
      `Cannot use ${path}: its mode ${octal} lets others at the secret key. Run chmod 600 ${path}`,
    );
  }
  const [line, ...more] = lines;
  if (line === undefined || more.length > 0) {
    throw new Error(
      `Cannot use ${path}: it must hold one key, and has ${more.length + (line ? 1 : 0)}`,
    );
  }
  return Uint8Array.fromHex(line.key);
}

/** Any 32 bytes could be either key: what it is called tells, and the file beside it. */
function isPublic({ path, root }: FilePlace, text: string, key: string): boolean {
  const beside = publicPath(path);
  if (path.endsWith(".pub") || /^\s*#\s*public key\b/im.test(text)) return true;
  try {
    if (beside === null) return false;
    return readKeyLines(readText({ path: beside, root })).some((line) => line.key === key);
  } catch {
    return false; // there is none
  }
}

/** Where keygen puts the public key that belongs to a secret one; null for a name that is not its. */
export function publicPath(path: string): string | null {
  return path.endsWith(".key") ? path.replace(/key$/, "pub") : null;
}
