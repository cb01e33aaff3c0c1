/** The project's files that a module is made of. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { BuildError } from "../build.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { capture } from "../lib/run.ts";

/** Paths below the project's folder. @throws {BuildError} */
export async function sourcesOf(entry: string): Promise<string[]> {
  const output = await capture(Deno.execPath(), ["info", "--json", entry], { cwd: PROJECT_ROOT });
  if (output?.code !== 0) throw new BuildError(`Cannot read ${entry}:\n${output?.stderr.trim()}`);
  const { modules } = JSON.parse(output.stdout) as {
    readonly modules: readonly { readonly specifier: string }[];
  };
  const root = `${pathToFileURL(PROJECT_ROOT).href}/`;
  return modules.filter(({ specifier }) => specifier.startsWith(root))
    .map(({ specifier }) => fileURLToPath(specifier).slice(PROJECT_ROOT.length + 1));
}
