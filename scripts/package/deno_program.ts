/** Deno's executable for the machine that a package is for. */
import { PROJECT_ROOT } from "../lib/project.ts";
import { exists } from "../lib/run.ts";
import type { Architecture } from "./architectures.ts";
import { PackageError } from "./error.ts";
import { run } from "./run.ts";

/** The pinned Deno for a machine, as npm has it: fetched once, into the project's `.deno/`. */
export async function denoFor({ deno: target }: Architecture): Promise<string> {
  const script = await Deno.readTextFile(`${PROJECT_ROOT}/scripts/deno`);
  const version = /^version=(\S+)$/m.exec(script)?.[1];
  const sum = new RegExp(`^\\s*${target}\\) sum=([0-9a-f]{128}) `, "m").exec(script)?.[1];
  if (version === undefined || sum === undefined) {
    throw new PackageError(`Cannot find the version and checksum of ${target} in scripts/deno`);
  }
  const folder = `${PROJECT_ROOT}/.deno`;
  const path = `${folder}/deno-${version}-${target}`;
  if (await exists(path)) return path;
  console.log(`Fetching Deno ${version} for ${target} from npm into .deno/ (once)`);
  const temporary = await Deno.makeTempDir({ dir: folder, prefix: "download." });
  try {
    const options = { cwd: temporary, timeout: 600_000 };
    const name = (await run("npm", ["pack", "--silent", `@deno/${target}@${version}`], options))
      .trim();
    const archive = await Deno.readFile(`${temporary}/${name}`);
    const found = new Uint8Array(await crypto.subtle.digest("SHA-512", archive)).toHex();
    if (found !== sum) throw new PackageError(`${name} is not the file that scripts/deno expects`);
    await run("tar", ["-xzf", name, "package/deno"], options);
    await Deno.chmod(`${temporary}/package/deno`, 0o755);
    await Deno.rename(`${temporary}/package/deno`, path);
    return path;
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}
