/** Has a NATS stream forget a reader. */
import { JetStreamApiError } from "@nats-io/jetstream";
import { type CommandLine, runCommand, UsageError } from "../lib/command_line.ts";
import { how } from "../lib/how.ts";
import {
  KNOWN,
  LOGIN_OPTIONS,
  LOGIN_USAGE,
  SERVERS_USAGE,
  StreamCommandError,
  withStream,
} from "./login.ts";

const USAGE = `Usage: ${how("stream forget")} NAME [options]

  Has a NATS stream forget how far the durable reader NAME is. Of the events nothing is lost; a reader
  that comes with this name begins anew. "${how("stream info")}" lists the names.

${SERVERS_USAGE}
${LOGIN_USAGE}
`;

/** No such consumer. */
const NO_CONSUMER = 10014;

function run({ options, words }: CommandLine<typeof LOGIN_OPTIONS>): Promise<number> {
  const [reader, more] = words;
  if (reader === undefined || more !== undefined) {
    throw new UsageError(
      `${more === undefined ? "Whom" : `One name, not also "${more}"`}?\n\n${USAGE}`,
    );
  }
  return withStream(options, async ({ manager, name }) => {
    await manager.consumers.delete(name, reader).catch((error) => {
      if (!(error instanceof JetStreamApiError) || error.code !== NO_CONSUMER) throw error;
      throw new StreamCommandError(`The stream ${name} has no reader ${reader}`);
    });
    console.log(`The stream ${name} has forgotten ${reader}.`);
    return 0;
  });
}

/** The command. */
export const COMMAND = {
  usage: USAGE,
  options: LOGIN_OPTIONS,
  words: true,
  known: KNOWN,
  run,
} as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
