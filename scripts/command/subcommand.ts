/** What a subcommand is. */
import type { Command, OptionKinds } from "../lib/command_line.ts";

/** A subcommand. */
export interface Subcommand {
  /** One word or two. */
  readonly name: string;
  /** For the list of them. */
  readonly summary: string;
  /** Its command line. */
  load(): Promise<{ readonly COMMAND: Command<OptionKinds> }>;
}
