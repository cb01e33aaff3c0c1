/** How a command is called: as a subcommand where the operators' command runs, else as a task. */

/** Tasks that are called otherwise than their subcommands. */
const TASKS: Readonly<Record<string, string>> = { check: "config:check" };

/** True in `janus-zeromq`. */
export function isCommand(): boolean {
  return /\/command\/main\.[jt]s$/.test(Deno.mainModule);
}

/** What to type. @param name of the subcommand, such as `filter new` */
export function how(name: string): string {
  if (isCommand()) return `janus-zeromq ${name}`;
  return `scripts/deno task ${taskOf(name)}`;
}

/** The task that does what a subcommand does, if there is one. */
export function taskOf(name: string): string {
  return TASKS[name] ?? name.replace(" ", ":");
}
