/** A package's files before they are packed: written with fixed modes and times. */
import { dirname } from "node:path";
import { exists } from "../lib/run.ts";

/** What a file holds: a text, bytes, another file's content, or the path that a link leads to. */
export type Content =
  | string
  | Uint8Array
  | { readonly copyOf: string }
  | { readonly linkTo: string };

/** A file of a package. */
export interface PackageFile {
  /** From the root of the package, without a slash in front. */
  readonly path: string;
  readonly content: Content;
  /** Default 0644. */
  readonly mode?: number;
}

/** Files, in the order of their paths whatever the locale. */
export function sorted(files: readonly PackageFile[]): PackageFile[] {
  return files.toSorted((one, other) => one.path < other.path ? -1 : 1);
}

/** Writes files below a folder that is empty or not there yet. */
export async function writeTree(
  root: string,
  files: readonly PackageFile[],
  epoch: number,
): Promise<void> {
  for (const { path, content, mode = 0o644 } of sorted(files)) {
    const target = `${root}/${path}`;
    if (await exists(target)) throw new Error(`${path} is there twice`);
    await makeFolder(root, dirname(path));
    if (isLink(content)) {
      await Deno.symlink(content.linkTo, target);
      continue;
    }
    if (typeof content === "string") await Deno.writeTextFile(target, content);
    else if (content instanceof Uint8Array) await Deno.writeFile(target, content);
    else await Deno.copyFile(content.copyOf, target);
    await Deno.chmod(target, mode);
  }
  await setTimes(root, epoch);
}

/** True for a link. */
export function isLink(content: Content): content is { readonly linkTo: string } {
  return typeof content === "object" && "linkTo" in content;
}

/** Folders whose mode no umask changes. */
async function makeFolder(root: string, path: string): Promise<void> {
  const parts = path.split("/");
  for (let count = 0; count <= parts.length; count++) {
    const folder = [root, ...parts.slice(0, count)].join("/");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.chmod(folder, 0o755);
  }
}

async function setTimes(path: string, epoch: number): Promise<void> {
  const { isDirectory, isSymlink } = await Deno.lstat(path);
  // dpkg-deb and tar are told the time of links.
  if (isSymlink) return;
  if (isDirectory) {
    for await (const { name } of Deno.readDir(path)) await setTimes(`${path}/${name}`, epoch);
  }
  await Deno.utime(path, epoch, epoch);
}
