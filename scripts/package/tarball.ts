/** The same files as a tarball, for Janus below any prefix. */
import { run } from "./run.ts";
import { type PackageFile, sorted, writeTree } from "./tree.ts";

/** Folders that are the package's own: only these are in the archive, so that unpacking it changes no other's owner. */
const OWN = /(^|\/)janus-zeromq(\/|$)/;

/** Packs files in a folder `name`. The same files make the same tarball. `fast`: with little compression. */
export async function makeTarball(
  output: string,
  name: string,
  files: readonly PackageFile[],
  epoch: number,
  fast = false,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "package-" });
  try {
    await writeTree(`${root}/${name}`, files, epoch);
    const list = `${root}/list`;
    await Deno.writeTextFile(list, entries(files).map((path) => `${name}/${path}\n`).join(""));
    const archive = `${root}/archive.tar`;
    await run("tar", [
      ...["--create", "--format=ustar", `--file=${archive}`, `--directory=${root}`],
      ...[`--mtime=@${epoch}`, "--owner=root:0", "--group=root:0", "--numeric-owner"],
      ...["--no-recursion", `--files-from=${list}`],
    ]);
    await run("gzip", [fast ? "-1" : "-9", "-n", archive], { timeout: 600_000 });
    await Deno.copyFile(`${archive}.gz`, `${output}.new`);
    await Deno.rename(`${output}.new`, output);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** The files, and before them the folders that are the package's own. */
function entries(files: readonly PackageFile[]): string[] {
  const all = new Set<string>();
  for (const { path } of sorted(files)) {
    const parts = path.split("/");
    for (let count = 1; count < parts.length; count++) {
      const folder = parts.slice(0, count).join("/");
      if (OWN.test(folder)) all.add(folder);
    }
    all.add(path);
  }
  return [...all];
}
