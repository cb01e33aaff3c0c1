/**
 * Prints the events that a NATS stream has, one a line, and what is missing.
 *
 *     deno run -A stream.ts [server] [--follow]
 *
 * The server is 127.0.0.1:4222 unless given. --follow goes on with what comes, until Ctrl-C.
 */
import { readEvents, StreamReadError } from "../../plugins/stream/read/mod.ts";
import { readCommandLine } from "./node/command_line.mjs";

async function printEvents(servers: string, follow: boolean): Promise<void> {
  for await (const item of readEvents({ servers, from: "all", follow })) {
    const { kind, instance, epoch, sequence } = item;
    const place = `${sequence}  ${instance}/${epoch}`;
    if (kind === "event") {
      console.log(`${place}  #${item.number}  ${JSON.stringify(item.event.event)}`);
    } else if (kind === "gone") {
      console.log(`${place}  ended after #${item.last}`);
    } else {
      const why = kind === "dropped" ? JSON.stringify(item.dropped) : "nobody knows why";
      console.log(`${place}  #${item.first} to #${item.last} are missing: ${why}`);
    }
  }
}

const USAGE = "Usage: deno run -A stream.ts [server] [--follow]";

if (import.meta.main) {
  const { words, options } = readCommandLine(USAGE, { follow: "flag" });
  try {
    await printEvents(words[0] ?? "127.0.0.1:4222", options.follow === true);
  } catch (error) {
    if (!(error instanceof StreamReadError)) throw error;
    console.error(error.message);
    Deno.exitCode = 1;
  }
}
