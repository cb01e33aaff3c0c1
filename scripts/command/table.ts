/** The subcommands: what each is for, and the module that does it, which is loaded when it is needed. */
import type { Command, OptionKinds } from "../lib/command_line.ts";
import type { Subcommand } from "./subcommand.ts";

/** A module as it is: the options that its `run` gets are those that it names itself. */
type Module = { readonly COMMAND: Omit<Command<OptionKinds>, "run"> };

function subcommand(name: string, summary: string, load: () => Promise<Module>): Subcommand {
  return { name, summary, load: load as Subcommand["load"] };
}

/** All of them, in the order in which people need them. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  subcommand("doctor", "What this machine lacks", () => import("../doctor/main.ts")),
  subcommand("check", "Check configurations of the plugins", () => import("../config_check.ts")),
  subcommand("keygen", "Make keys and users for security", () => import("../keygen.ts")),
  subcommand("info", "What both plugins say of themselves", () => import("./info.ts")),
  subcommand("top", "Watch servers live in the terminal", () => import("./top.ts")),
  subcommand("monitor", "Serve metrics and a page", () => import("../monitor/main.ts")),
  subcommand("admin", "Send a request to the Admin API", () => import("./admin.ts")),
  subcommand("events record", "Write live events to a file", () => import("../events/record.ts")),
  subcommand("events read", "Read events from a NATS stream", () => import("../events/read.ts")),
  subcommand("stream info", "Show a NATS stream of events", () => import("../stream/info.ts")),
  subcommand("stream set", "Change how much it keeps", () => import("../stream/set.ts")),
  subcommand(
    "stream source",
    "Have a NATS hub take over leaves' streams",
    () => import("../stream/source.ts"),
  ),
  subcommand(
    "stream forget",
    "Forget how far a reader is",
    () => import("../stream/forget.ts"),
  ),
  subcommand("filter new", "Begin a filter or a hook", () => import("../filter/new.ts")),
  subcommand("filter try", "Show what filters make of events", () => import("../filter/try.ts")),
  subcommand("completion", "Print a completion for bash", completion),
  subcommand("version", "Print what is here, in which version", () => import("./version.ts")),
];

/** It tells of all others. */
async function completion(): Promise<Module> {
  const { completionCommand } = await import("./completion.ts");
  return { COMMAND: completionCommand(SUBCOMMANDS) };
}
