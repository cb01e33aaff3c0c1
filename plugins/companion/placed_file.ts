/** Files that an operator names, each held to the folder of the configuration. @module */

const MAX_BYTES = 16 * 1024 * 1024;

/** Where a file or a folder is. */
export interface FilePlace {
  /** As Deno's permissions have it, and as messages call it. */
  readonly path: string;
  /** The folder that it must be in when all links are followed, itself without links. */
  readonly root: string;
}

/** Whether a path is in the folder as it is written, or as it is without links, and can be said to Deno. */
export function isPlaced(path: string, folder: string, root: string): boolean {
  return !path.includes(",") &&
    [folder, root].some((each) => path.startsWith(each.endsWith("/") ? each : `${each}/`));
}

/** Reads a text file. @throws {Error} in words for the log */
export function readText({ path, root }: FilePlace): string {
  try {
    checkRoot({ path, root });
    const info = Deno.statSync(path);
    if (!info.isFile) throw new Error("it is no file");
    if (info.size > MAX_BYTES) throw new Error(`${info.size} bytes are too many`);
    return new TextDecoder("utf-8", { fatal: true }).decode(Deno.readFileSync(path));
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${fileFault(error)}`);
  }
}

/**
 * Whether a place is where it says, as Deno does not look at where links lead to. Those of a mounted
 * secret, of which each file is a link, stay in their folder.
 *
 * @throws {Error} in words for the log
 */
export function checkRoot({ path, root }: FilePlace): void {
  const real = Deno.realPathSync(path);
  if (real === root || real.startsWith(root === "/" ? root : `${root}/`)) return;
  throw new Error(`it is a link to ${real}, which is outside of ${root}`);
}

/** Something wrong in a line of a file; both count from 1. */
export class LineError extends Error {
  constructor(readonly line: number, readonly column: number, message: string) {
    super(message);
  }
}

/** What is wrong in a file, with its place. */
export function faultIn(path: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof LineError
    ? `${path}:${error.line}:${error.column}: ${text}`
    : `${path}: ${text}`;
}

/** Why a file cannot be read, in few words. */
export function fileFault(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "the user that Janus runs as may not read it";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "it is none of the files that may be read";
  }
  if (error instanceof TypeError) return "it is not UTF-8 text";
  return error instanceof Error ? error.message : String(error);
}
