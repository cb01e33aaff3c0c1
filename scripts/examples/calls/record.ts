/**
 * Records calls (who, when, how long, how good) out of a NATS stream, each event exactly once, whatever crashes.
 *
 *     deno run -A calls/record.ts --sqlite FILE [--server HOST:PORT] [--durable NAME] [--follow]
 *     deno run -A calls/record.ts --postgres URL [--server HOST:PORT] [--durable NAME] [--follow]
 *
 * The server is 127.0.0.1:4222 unless given. --follow goes on with what comes, until Ctrl-C. NATS remembers
 * how far it is, under the name calls-sqlite or calls-postgres: each database needs one of its own. What it delivers twice is left out, as its id is written in the same transaction as what it changes.
 */
import { readEventBatches, type StreamItem } from "../../../plugins/stream/read/mod.ts";
import { type Change, changeOf, TYPES } from "./call.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";
import type { Store } from "./tables.ts";
import { readCommandLine } from "../node/command_line.mjs";

const USAGE = `Usage: deno run -A calls/record.ts --sqlite FILE | --postgres URL
         [--server HOST:PORT] [--durable NAME] [--follow]`;

const OPTIONS = {
  server: "text",
  sqlite: "text",
  postgres: "text",
  durable: "text",
  follow: "flag",
} as const;

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

if (import.meta.main) {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const { server = "127.0.0.1:4222", sqlite, postgres, follow = false, durable } =
    readCommandLine(USAGE, OPTIONS, 0).options;
  if ((sqlite === undefined) === (postgres === undefined)) {
    console.error(`Where to? Either --sqlite FILE or --postgres URL\n\n${USAGE}`);
    Deno.exit(2);
  }
  try {
    const name = durable ?? (sqlite === undefined ? "calls-postgres" : "calls-sqlite");
    await using store = sqlite === undefined ? await openPostgres(postgres) : openSqlite(sqlite);
    await record(store, { servers: server, follow, durable: name, signal: stop.signal });
    Deno.exitCode = 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exitCode = 1;
  }
  Deno.exit();
}
