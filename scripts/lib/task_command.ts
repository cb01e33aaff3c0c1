/** A task of `deno.json` as it is run, for scripts that start one beside themselves. */
import { PROJECT_ROOT } from "./project.ts";

/** The program and its arguments. @throws {Error} if there is no such task, or it is no Deno script */
export async function taskCommand(name: string, ...args: string[]): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${PROJECT_ROOT}/deno.json`)) as {
    readonly tasks: Readonly<Record<string, { readonly command: string }>>;
  };
  const [program, ...words] = tasks[name]?.command.split(" ") ?? [];
  if (program !== "deno") throw new Error(`Cannot start ${name}: deno.json has no such task`);
  return [Deno.execPath(), ...words, ...args];
}
