/** The manual page of the `janus-zeromq` command, of the texts that its `--help` shows where it is installed. */
import { FILE_NAMES, type PluginKind } from "../../plugins/host/config/schema.ts";
import { SUBCOMMANDS } from "../command/table.ts";
import { configManualName } from "./config_manual.ts";
import { bold, example, renderPage, roff } from "./roff.ts";
import type { Release } from "./version.ts";

/** The page; `say` runs the command and returns what it prints. */
export async function renderCommandManual(
  release: Release,
  say: (...args: string[]) => Promise<string>,
): Promise<string> {
  const commands: string[] = [];
  for (const { name, summary } of SUBCOMMANDS) {
    const usage = await say(...name.split(" "), "--help");
    commands.push(`.SS ${roff(name)}\n${roff(summary)}.\n.PP\n${example(usage)}`);
  }
  const configs = (Object.keys(FILE_NAMES) as PluginKind[]).map(configManualName);
  return renderPage({
    name: "janus-zeromq",
    section: 1,
    about: "look after the ZeroMQ plugins of the Janus WebRTC server",
    ...release,
    sections: [
      ["SYNOPSIS", `${bold("janus-zeromq")} COMMAND [options]\n`],
      ["COMMANDS", commands.join("")],
      ["EXIT STATUS", "0 if it was done, 1 if it failed, 2 if it was used wrongly.\n"],
      ["SEE ALSO", `${configs.map((name) => `${bold(name)}(5)`).join(",\n")}\n`],
    ],
  });
}
