/** Copying the built plugins to where Janus looks for them, and taking them away again. */
import type { JanusFolders } from "../lib/janus_folders.ts";
import { PLUGINS, PROJECT_ROOT } from "../lib/project.ts";
import { exists } from "../lib/run.ts";

/** What {@linkcode install} and {@linkcode uninstall} work with. */
export interface InstallOptions {
  /** The folders as Janus knows them. */
  readonly folders: JanusFolders;
  /** Put before every path written (for packages); `""` for none. */
  readonly destdir: string;
  /** Only say what would be done. */
  readonly dry_run: boolean;
  /** Where the project lies. */
  readonly root?: string;
  /** Called with each thing done, one line. */
  readonly say: (line: string) => void;
}

/** Thrown when the plugins cannot be put in place; the message says what to do. */
export class InstallError extends Error {
  override name = "InstallError";
}

/**
 * Copies both plugins, and configurations where there are none yet.
 * Nothing is written unless everything to copy is there.
 *
 * @throws {InstallError} when something is not built, or may not be written
 */
export async function install(options: InstallOptions): Promise<void> {
  const root = options.root ?? PROJECT_ROOT;
  const { folders, destdir, say } = options;
  for (const plugin of PLUGINS) {
    const built = `${root}/build/${plugin.kind}/${plugin.library}`;
    if (!(await exists(built))) {
      throw new InstallError(`Cannot install: ${built} is not built. Run: scripts/deno task build`);
    }
    const sample = `${root}/conf/${plugin.config}.jcfg.sample`;
    if (!(await exists(sample))) throw new InstallError(`Cannot install: there is no ${sample}`);
  }
  for (const plugin of PLUGINS) {
    const built = `${root}/build/${plugin.kind}/${plugin.library}`;
    const target = `${destdir}${folders[plugin.kind]}/${plugin.library}`;
    const verb = await exists(target) ? "replace" : "install";
    await replaceFile(built, target, 0o644, options);
    say(`${did(verb, options)} ${target}`);
    await installConfig(plugin.config, root, options);
  }
}

async function installConfig(name: string, root: string, options: InstallOptions): Promise<void> {
  const base = `${options.destdir}${options.folders.configs}/${name}`;
  for (const extension of ["jcfg", "jsonc"]) {
    if (await exists(`${base}.${extension}`)) {
      options.say(`${options.dry_run ? "would keep" : "kept"} ${base}.${extension}: it is yours`);
      return;
    }
  }
  const sample = `${root}/conf/${name}.jcfg.sample`;
  await createFile(sample, `${base}.jcfg`, options);
  options.say(`${did("install", options)} ${base}.jcfg`);
}

/** Removes both plugins. Configurations stay. */
export async function uninstall(options: InstallOptions): Promise<void> {
  const { folders, destdir, say } = options;
  for (const plugin of PLUGINS) {
    const target = `${destdir}${folders[plugin.kind]}/${plugin.library}`;
    if (!(await exists(target))) {
      say(`not there: ${target}`);
    } else {
      if (!options.dry_run) await writing(target, () => Deno.remove(target));
      say(`${did("remove", options)} ${target}`);
    }
    for (const extension of ["jcfg", "jsonc"]) {
      const config = `${destdir}${folders.configs}/${plugin.config}.${extension}`;
      if (await exists(config)) {
        say(`${options.dry_run ? "would keep" : "kept"} ${config}: it is yours`);
      }
    }
  }
}

/** Copies this very Deno to `folder/deno`, unless something of that name stands there. */
export async function installDeno(folder: string, options: InstallOptions): Promise<void> {
  const target = `${options.destdir}${folder}/deno`;
  if (await exists(target)) {
    options.say(`${options.dry_run ? "would keep" : "kept"} ${target}: it is yours`);
    return;
  }
  await replaceFile(Deno.execPath(), target, 0o755, options);
  options.say(`${did("install", options)} ${target} (Deno ${Deno.version.deno})`);
}

function did(verb: "install" | "replace" | "remove", options: InstallOptions): string {
  if (options.dry_run) return `would ${verb}`;
  return { install: "installed", replace: "replaced", remove: "removed" }[verb];
}

/**
 * Puts a copy of `from` at `to` by a rename, so that a running Janus keeps the file it has mapped
 * and never sees half of the new one.
 */
async function replaceFile(
  from: string,
  to: string,
  mode: number,
  options: InstallOptions,
): Promise<void> {
  if (options.dry_run) return;
  await writing(to, async () => {
    const beside = `${to}.new-${crypto.randomUUID()}`;
    await Deno.mkdir(parentOf(to), { recursive: true, mode: 0o755 });
    try {
      await Deno.copyFile(from, beside);
      await Deno.chmod(beside, mode);
      await Deno.rename(beside, to);
    } catch (error) {
      await Deno.remove(beside).catch(() => {});
      throw error;
    }
  });
}

/** Writes a copy of `from`, and fails rather than overwrite what came there in the meantime. */
async function createFile(from: string, to: string, options: InstallOptions): Promise<void> {
  if (options.dry_run) return;
  await writing(to, async () => {
    await Deno.mkdir(parentOf(to), { recursive: true, mode: 0o755 });
    const text = await Deno.readFile(from);
    await Deno.writeFile(to, text, { createNew: true, mode: 0o644 });
    // The umask has no say in what Janus, as another user, may read.
    await Deno.chmod(to, 0o644);
  });
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Runs what writes `path`; what goes wrong becomes an error that names it. */
async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Deno adds what it called, with the names of both files again.
    const reason = error.message.replace(/( \(os error \d+\)): .*$/s, "$1");
    throw new InstallError(`Cannot write ${path}: ${reason}`, { cause: error });
  }
}
