/** Runs Deno's bundler for the command. */
import { BuildError } from "../build.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { capture } from "../lib/run.ts";

/** Bundles modules of the project. @throws {BuildError} with what the bundler says */
export async function bundle(
  entries: readonly string[],
  options: readonly string[],
): Promise<void> {
  const args = ["bundle", "--quiet", ...options, ...entries];
  const output = await capture(Deno.execPath(), args, { cwd: PROJECT_ROOT, timeout: 300_000 });
  if (output?.code !== 0) throw new BuildError(`Cannot bundle:\n${output?.stderr.trim()}`);
}
