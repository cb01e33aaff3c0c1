/**
 * Records calls (who, when, how long, how good) out of a NATS stream, each event exactly once, whatever crashes.
 *
 *     deno run -A calls/record.ts --sqlite FILE [--server HOST:PORT] [--durable NAME] [--follow]
 *     deno run -A calls/record.ts --postgres URL [--server HOST:PORT] [--durable NAME] [--follow]
 *
 * The server is 127.0.0.1:4222 unless given. --follow goes on with what comes, until Ctrl-C. NATS remembers
 * how far it is, under the name calls-sqlite or calls-postgres: each database needs one of its own. What it delivers twice is left out, as its id is written in the same transaction as what it changes.
 */
import { parseArgs } from "node:util";
import { readEventBatches, type StreamItem } from "../../../plugins/stream/read/mod.ts";
import { type Change, changeOf, TYPES } from "./call.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";
import type { Store } from "./tables.ts";

const USAGE = `Usage: deno run -A calls/record.ts --sqlite FILE | --postgres URL
         [--server HOST:PORT] [--durable NAME] [--follow]`;

interface Options {
  readonly servers: string;
  readonly durable: string;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** What the items of a batch change; what is missing is told. */
function changesOf(items: readonly StreamItem[]): Change[] {
  const changes: Change[] = [];
  for (const item of items) {
    const change = item.kind === "event" ? changeOf(item) : null;
    if (change !== null) changes.push(change);
    if (item.kind === "gap" || item.kind === "dropped") {
      console.error(`${item.instance}: events ${item.first} to ${item.last} are missing`);
    }
  }
  return changes;
}

async function record(store: Store, options: Options): Promise<void> {
  const from = { from: "all", types: TYPES } as const;
  const calls = new Set<string>();
  let events = 0;
  // Asking for the next batch acknowledges the one that was written.
  for await (const items of readEventBatches({ ...options, ...from })) {
    const changes = changesOf(items);
    if (changes.length > 0) await store.write(changes);
    events += changes.length;
    for (const { instance, epoch, session, handle } of changes) {
      calls.add(`${instance}/${epoch}/${session}/${handle}`);
    }
  }
  console.log(`${events} events of ${calls.size} calls`);
}

function readArguments() {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      server: { type: "string", default: "127.0.0.1:4222" },
      sqlite: { type: "string" },
      postgres: { type: "string" },
      durable: { type: "string" },
      follow: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help || (values.sqlite === undefined) !== (values.postgres === undefined)) {
    return values;
  }
  throw new Error("Where to? --sqlite FILE or --postgres URL");
}

if (import.meta.main) {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  try {
    const { server, sqlite, postgres, follow, help, durable } = readArguments();
    if (help) {
      console.log(USAGE);
      Deno.exit();
    }
    const name = durable ?? (sqlite === undefined ? "calls-postgres" : "calls-sqlite");
    await using store = sqlite === undefined ? await openPostgres(postgres!) : openSqlite(sqlite);
    await record(store, { servers: server, follow, durable: name, signal: stop.signal });
    Deno.exitCode = 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    // A TypeError of the command line's has a code.
    if (error instanceof TypeError && "code" in error) console.error(USAGE);
    Deno.exitCode = 1;
  }
  Deno.exit();
}
