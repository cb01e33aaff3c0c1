/** The Deno that a service such as Janus finds by its name. */
import { isExecutable } from "./run.ts";

/** Janus's default PATH: that of a service which nobody gave another. */
const SERVICE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The Deno that was installed with a plugin, by Janus's folder of them (`LIB/janus/transports`): as
 * `ffi/stub/deno.c` looks for it.
 */
export async function findDenoBeside(folder: string): Promise<string | undefined> {
  const library = folder.replace(/\/janus\/[^/]+\/*$/, "");
  if (library === folder) return undefined;
  for (const place of [library, `${library}/..`]) {
    const path = await Deno.realPath(`${place}/janus-zeromq/deno`).catch(() => undefined);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** A file called `deno` on a service's PATH. */
export interface DenoCandidate {
  readonly path: string;
  /** False for a script, such as the one that npm's `deno` package links: it needs Node. */
  readonly binary: boolean;
}

/** The first `deno` that Janus would find by name, below `root` (for staged installs). */
export async function findServiceDeno(
  root = "",
  path = SERVICE_PATH,
): Promise<DenoCandidate | undefined> {
  for (const folder of path.split(":")) {
    const candidate = `${root}${folder}/deno`;
    if (!(await isExecutable(candidate))) continue;
    return { path: candidate, binary: await isBinary(candidate) };
  }
  return undefined;
}

/** True for an executable of the system itself (ELF), false for a script. */
async function isBinary(path: string): Promise<boolean> {
  const start = new Uint8Array(4);
  try {
    using file = await Deno.open(path);
    await file.read(start);
  } catch {
    return false;
  }
  return start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46;
}
