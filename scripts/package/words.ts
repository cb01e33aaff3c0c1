/** Documents as they read where the package is installed: what to type, and where things lie. */
import { SUBCOMMANDS } from "../command/table.ts";
import { taskOf } from "../lib/how.ts";
import type { Layout } from "./layout.ts";

/** Tasks that are subcommands there, the longer names first. */
const COMMANDS = SUBCOMMANDS.map(({ name }) => [taskOf(name), name] as const)
  .toSorted(([one], [other]) => other.length - one.length);

/** Examples that lie in a folder of the project's, which `documents.ts` installs with the others. */
const EXAMPLES = /(?<![\w/])conf\/(systemd|nats|container)\//g;

/** Names commands and folders as they are there. */
export function asInstalled(text: string, { lib, doc, debian }: Layout): string {
  const root = debian ? "/" : "";
  for (const [task, name] of COMMANDS) {
    text = text.replaceAll(
      new RegExp(`scripts/deno task ${task}(?![\\w:-])`, "g"),
      `janus-zeromq ${name}`,
    );
  }
  return text
    .replaceAll("scripts/janus-zeromq", "janus-zeromq")
    .replaceAll("scripts/deno test", `${root}${lib}/deno test`)
    .replaceAll(EXAMPLES, `${root}${doc}/examples/$1/`);
}
