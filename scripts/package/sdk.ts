/** The published modules, as editors and `deno check` need them for filters, hooks and clients. */
import { posix } from "node:path";
import { PackageError } from "./error.ts";
import { run } from "./run.ts";
import type { PackageFile } from "./tree.ts";

/** What `mod.ts` imports of the workspace by name: the binding, a package of its own. */
const BINDING = { name: "@janus-zeromq/zmq", folder: "ffi/zmq", module: "ffi/zmq/mod.ts" };

/**
 * `mod.ts` and all that it imports, to be installed below `folder`. What it imports by name becomes a
 * relative path, so that an operator's import map needs one line.
 *
 * @throws {PackageError} where a module is not in what `deno.json` publishes
 */
export async function sdkFiles(root: string, folder: string): Promise<PackageFile[]> {
  const { publish } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const info = JSON.parse(await run(Deno.execPath(), ["info", "--json", "mod.ts"], { cwd: root }));
  const base = `file://${await Deno.realPath(root)}/`;
  const files: PackageFile[] = [];
  for (const { specifier } of info.modules as { specifier: string }[]) {
    if (specifier.startsWith("node:")) continue;
    const path = decodeURIComponent(specifier).slice(base.length);
    if (
      !specifier.startsWith(base) ||
      !(path.startsWith(`${BINDING.folder}/`) || isPublished(path, publish))
    ) {
      throw new PackageError(`${specifier} is imported by mod.ts and not published by deno.json`);
    }
    const text = await Deno.readTextFile(`${root}/${path}`);
    files.push({ path: `${folder}/${path}`, content: withPaths(text, path) });
  }
  return files;
}

function withPaths(text: string, path: string): string {
  const relative = posix.relative(posix.dirname(path), BINDING.module);
  const target = relative.startsWith(".") ? relative : `./${relative}`;
  return text.replaceAll(`from "${BINDING.name}"`, `from "${target}"`);
}

function isPublished(
  path: string,
  { include, exclude }: { include: readonly string[]; exclude: readonly string[] },
): boolean {
  const fits = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`).test(path);
  return include.some(fits) && !exclude.some(fits);
}
