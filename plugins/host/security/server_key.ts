/** The server's own secret key (CURVE). @module */
import { publicKeyOf } from "./key_pair.ts";
import { readKeyLines } from "./keyring.ts";
import { faultIn, fileFault, type FilePlace, readText } from "../../companion/placed_file.ts";

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
    throw new Error(faultIn(path, error));
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
  checkPair(place, line.key);
  return Uint8Array.fromHex(line.key);
}

/** Whether the public key beside it is the one that belongs to it: clients get that one. */
function checkPair(place: FilePlace, key: string): void {
  const beside = keysBeside(place);
  const [open, ...more] = beside?.keys ?? [];
  if (beside === null || open === undefined || more.length > 0) return;
  if (open === openOf(key)) return;
  throw new Error(
    key === openOf(open)
      ? `Cannot use ${place.path} as the secret key: it holds the public one, and ${beside.path} the` +
        " secret one. Exchange the two files, and make sure that nobody else has had the secret one"
      : `Cannot use ${place.path}: it is not the secret key of ${beside.path}, with which clients could` +
        " not connect. Put the right one there, or make a new pair (janus-zeromq keygen server)",
  );
}

function openOf(key: string): string {
  return publicKeyOf(Uint8Array.fromHex(key)).toHex();
}

/** What stands where keygen puts the public key; null if that is no file of keys. */
function keysBeside({ path, root }: FilePlace) {
  const beside = publicPath(path);
  if (beside === null) return null;
  try {
    const keys = readKeyLines(readText({ path: beside, root })).map((line) => line.key);
    return { path: beside, keys };
  } catch {
    return null; // there is none
  }
}

/** Any 32 bytes could be either key: what it is called tells, and the file beside it. */
function isPublic(place: FilePlace, text: string, key: string): boolean {
  if (place.path.endsWith(".pub") || /^\s*#\s*public key\b/im.test(text)) return true;
  return keysBeside(place)?.keys.includes(key) ?? false;
}

/** Where keygen puts the public key that belongs to a secret one; null for a name that is not its. */
export function publicPath(path: string): string | null {
  return path.endsWith(".key") ? path.replace(/key$/, "pub") : null;
}
