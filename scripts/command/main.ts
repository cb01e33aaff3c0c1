/** `janus-zeromq`: everything that operators do, in one command. */
import { runCommand } from "../lib/command_line.ts";
import { nearestName } from "../lib/nearest_name.ts";
import type { Subcommand } from "./subcommand.ts";
import { SUBCOMMANDS } from "./table.ts";

function usage(): string {
  const width = Math.max(...SUBCOMMANDS.map(({ name }) => name.length));
  return [
    "Usage: janus-zeromq COMMAND [options]",
    "",
    "  ZeroMQ for the Janus WebRTC server: looks after its two plugins.",
    "",
    ...SUBCOMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}.`),
    "",
    "  -h, --help  Shows this; after a command, what that takes.",
    "",
    "Exit code: 0 done, 1 failed, 2 used wrongly.",
  ].join("\n");
}

/** The subcommand that arguments begin with, and what is left of them. */
function find(args: readonly string[]): readonly [Subcommand, readonly string[]] | undefined {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(" ");
    const found = SUBCOMMANDS.find((one) => one.name === name);
    if (found !== undefined) return [found, args.slice(words)];
  }
  return undefined;
}

/** Why there is no such subcommand. */
function misuse(args: readonly string[]): string {
  const [first = "", second = ""] = args;
  if (first === "") return usage();
  const names = SUBCOMMANDS.map(({ name }) => name);
  const group = names.filter((name) => name.startsWith(`${first} `));
  if (group.length > 0 && (second === "" || second.startsWith("-"))) {
    return `${first} needs a second word: ${group.join(" or ")}\n\n${usage()}`;
  }
  const given = group.length > 0 ? `${first} ${second}` : first;
  const nearest = nearestName(given, names) ?? nearestName(`${first} ${second}`, names);
  const hint = nearest === null ? "" : `: did you mean ${nearest}?`;
  return `There is no command ${JSON.stringify(given)}${hint}\n\n${usage()}`;
}

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === "--version") return await main(["version"]);
  const found = find(args);
  if (found !== undefined) {
    const { COMMAND } = await found[0].load();
    return await runCommand(COMMAND, found[1]);
  }
  if (args.some((arg) => arg === "--help" || arg === "-h") || args[0] === "help") {
    if (args[0] === "help" && args.length > 1) return await main([...args.slice(1), "--help"]);
    console.log(usage());
    return 0;
  }
  console.error(misuse(args));
  return 2;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
