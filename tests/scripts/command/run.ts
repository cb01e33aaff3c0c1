/** Runs `scripts/janus-zeromq` as a user does. */
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { finish, type TaskResult } from "../task.ts";

/** The command of the project's folder. */
export const COMMAND = `${PROJECT_ROOT}/scripts/janus-zeromq`;

/** Starts it in a folder. The one who starts it waits for it or ends it. */
export function startCommand(
  args: readonly string[],
  { cwd = "/", env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Deno.ChildProcess {
  return new Deno.Command(COMMAND, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs it to its end. */
export async function runCommand(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<TaskResult> {
  return await finish(startCommand(args, options));
}
