/**
 * Records calls (who, when, how long, how good) out of a NATS stream, each event exactly once, whatever crashes.
 *
 *     deno run -A calls/record.ts --sqlite FILE [--server HOST:PORT] [--follow]
 *     deno run -A calls/record.ts --postgres URL [--server HOST:PORT] [--follow]
 *
 * The server is 127.0.0.1:4222 unless given. --follow goes on with what comes, until Ctrl-C. NATS remembers
 * how far it is; what it delivers twice is left out, as its id is written in the same transaction as what it changes.
 */
import { parseArgs } from "node:util";
import { readEventBatches, type StreamItem } from "../../../plugins/stream/read/mod.ts";
import { type Change, changeOf, TYPES } from "./call.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";
import type { Store } from "./tables.ts";

interface Options {
  readonly servers: string;
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
  const from = { from: "all", durable: "calls", types: TYPES } as const;
  // Asking for the next batch acknowledges the one that was written.
  for await (const items of readEventBatches({ ...options, ...from })) {
    const changes = changesOf(items);
    if (changes.length > 0) await store.write(changes);
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      server: { type: "string", default: "127.0.0.1:4222" },
      sqlite: { type: "string" },
      postgres: { type: "string" },
      follow: { type: "boolean", default: false },
    },
  });
  const { server, sqlite, postgres, follow } = values;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  try {
    if (sqlite === undefined && postgres === undefined) {
      throw new Error("Where to? --sqlite FILE or --postgres URL");
    }
    await using store = sqlite === undefined ? await openPostgres(postgres!) : openSqlite(sqlite);
    await record(store, { servers: server, follow, signal: stop.signal });
    Deno.exitCode = 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exitCode = 1;
  }
  Deno.exit();
}
