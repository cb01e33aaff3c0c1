/** Call records out of a stream, written exactly once though the recorder is killed again and again. */
import { DatabaseSync } from "node:sqlite";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import postgres from "postgres";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { sleep } from "../../../scripts/lib/waiting.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { publishRun, recordedEvents } from "../../plugins/stream/publish.ts";
import { NatsServer } from "../../plugins/stream/server.ts";
import { withFolder } from "../../folder.ts";
import { POSTGRES_PROGRAMS, PostgresServer } from "./postgres.ts";

const EPOCH = 1_700_000_000_000;
const KILLS = 3;

/** A row of `calls`, in the order of its columns. */
type Row = (string | number | null)[];

const COLUMNS = [
  ...["instance", "epoch", "session", "handle", "who", "plugin", "began", "ended", "reason"],
  ...["reports", "quality", "slow", "lost"],
];
const SELECT = `SELECT ${COLUMNS.join(", ")} FROM calls ORDER BY instance, epoch, session, handle`;

/** The recorded calls, over and over, each time as other ones. */
function manyCalls(times: number): string[] {
  const events = recordedEvents();
  return Array.from(
    { length: times },
    (_, at) =>
      events.map((text) =>
        text.replaceAll(/("(?:session_id|handle_id)":)(\d+)/g, (_, key, id) => `${key}${+id + at}`)
      ),
  ).flat();
}

/** What the records must be, reckoned in another way than the example does. */
function expectedRows(instance: string, events: readonly string[]): Row[] {
  const calls = new Map<string, Record<string, string | number | null>>();
  for (const text of events) {
    const { type, subtype, timestamp, session_id, handle_id, opaque_id, event } = JSON.parse(text);
    const isOfCall = type === 2 || type === 16 && subtype === 6 ||
      type === 32 && (subtype === 2 || subtype === 3);
    if (!isOfCall) continue;
    const key = `${session_id}/${handle_id}`;
    const call = calls.get(key) ?? {
      ...{ instance, epoch: EPOCH, session: String(session_id), handle: String(handle_id) },
      ...{ who: null, plugin: null, began: null, ended: null, reason: null },
      ...{ reports: 0, quality: 0, slow: 0, lost: 0 },
    };
    calls.set(key, call);
    call.who ??= opaque_id ?? null;
    call.plugin ??= type === 2 ? event.plugin : null;
    call.began ??= event.connection === "webrtcup" ? timestamp : null;
    const ends = event.connection === "hangup" || event.name === "detached";
    call.ended ??= ends ? timestamp : null;
    call.reason ??= event.reason ?? null;
    for (const { "in-link-quality": quality } of [event].flat()) {
      if (quality === undefined) continue;
      call.reports = Number(call.reports) + 1;
      call.quality = Number(call.quality) + quality;
    }
    if (type === 32 && subtype === 2) {
      call.slow = Number(call.slow) + 1;
      call.lost = Number(call.lost) + event.lost_lastsec;
    }
  }
  return [...calls.values()].map((call) => COLUMNS.map((column) => call[column]!));
}

/** Rows of the one that are not in the other. */
function without(rows: readonly Row[], others: readonly Row[]): string[] {
  const known = new Set(others.map((row) => JSON.stringify(row)));
  return rows.map((row) => JSON.stringify(row)).filter((row) => !known.has(row));
}

function assertSame(rows: readonly Row[], expected: readonly Row[]): void {
  assertEquals(without(expected, rows).slice(0, 5), [], "missing");
  assertEquals(without(rows, expected).slice(0, 5), [], "not expected");
  assertEquals(rows.length, expected.length);
}

function start(server: NatsServer, args: readonly string[]): Deno.ChildProcess {
  const program = `${PROJECT_ROOT}/scripts/examples/calls/record.ts`;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, "--server", server.url, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** @returns what it says at the end */
async function finish(recorder: Deno.ChildProcess): Promise<string> {
  const { code, stdout, stderr } = await recorder.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

/** Records, is killed when it is about so far, and goes on. @param count events that are recorded up to now */
async function recordThroughKills(
  args: readonly string[],
  rows: () => Promise<Row[]>,
  count: () => Promise<number>,
): Promise<void> {
  await using server = await NatsServer.start();
  const events = manyCalls(120);
  await publishRun(server.url, { instance: "one", epoch: EPOCH }, events);
  await publishRun(server.url, { instance: "two", epoch: EPOCH }, events);
  const expected = [...expectedRows("one", events), ...expectedRows("two", events)];
  const perCall = expected.length * 5;
  for (let kill = 1; kill <= KILLS; kill++) {
    const recorder = start(server, args);
    const before = await count();
    const end = performance.now() + 60_000; // what was not acknowledged comes again in seconds
    while (await count() < before + perCall / (2 * KILLS)) {
      assert(performance.now() < end, `${await count()} after ${before}`);
      await sleep(2);
    }
    recorder.kill("SIGKILL");
    await recorder.output();
  }
  assert(without(expected, await rows()).length > 0, "it was killed in the middle");
  await finish(start(server, args));
  assertSame(await rows(), expected);
  // Nothing is left to do, and nothing is done twice.
  assertEquals(await finish(start(server, args)), "0 events of 0 calls\n");
  assertSame(await rows(), expected);
}

Deno.test("call records in SQLite: the recorder is killed again and again, nothing is missing or counted twice", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/calls.db`;
    const ask = <T>(otherwise: T, query: (database: DatabaseSync) => T): Promise<T> => {
      try {
        using database = new DatabaseSync(path, { readOnly: true });
        return Promise.resolve(query(database));
      } catch {
        return Promise.resolve(otherwise); // not made yet
      }
    };
    const count = () =>
      ask(0, (database) => Number(database.prepare("SELECT count(*) AS n FROM done").get()!.n));
    const rows = () =>
      ask<Row[]>(
        [],
        (database) =>
          database.prepare(SELECT).all().map((row) =>
            COLUMNS.map((column) => row[column] as string | number | null)
          ),
      );
    await recordThroughKills(["--sqlite", path], rows, count);
  });
});

Deno.test({
  name:
    "call records in PostgreSQL: the recorder is killed again and again, nothing is missing or counted twice",
  ignore: POSTGRES_PROGRAMS === null,
  fn: async () => {
    await using server = await PostgresServer.start();
    const sql = postgres(server.url, { max: 1, types: { bigint: integers } });
    try {
      const count = async () => {
        const [row] = await sql.unsafe("SELECT count(*) AS n FROM done").catch(() => [{ n: 0 }]);
        return Number(row!.n);
      };
      const rows = async () =>
        (await sql.unsafe(SELECT)).map((row) => COLUMNS.map((column) => row[column]));
      await recordThroughKills(["--postgres", server.url], rows, count);
    } finally {
      await sql.end();
    }
  },
});

/** Times in microseconds fit into a number. */
const integers = {
  to: 20,
  from: [20],
  parse: Number,
  serialize: String,
};

Deno.test("two databases have all calls if the recorders have names of their own, and say how many", async () => {
  await using server = await NatsServer.start();
  const events = recordedEvents();
  await publishRun(server.url, { instance: "one", epoch: EPOCH }, events);
  const calls = expectedRows("one", events).length;
  await withFolder(async (folder) => {
    for (const [file, ...name] of [["a.db"], ["b.db", "--durable", "other"]]) {
      const said = await finish(start(server, ["--sqlite", `${folder}/${file}`, ...name]));
      assertMatch(said, new RegExp(`^[1-9]\\d* events of ${calls} calls\n$`));
    }
  });
  const connection = await connect({ servers: server.url });
  const consumers = (await jetstreamManager(connection)).consumers;
  for (const name of ["calls-sqlite", "other"]) await consumers.info("JANUS", name);
  await connection.close();
});

Deno.test("the recorder says what is wrong: no place to write to, no server", async () => {
  await using server = await NatsServer.start();
  const said = async (args: readonly string[], expected = 2) => {
    const { code, stderr } = await start(server, args).output();
    assertEquals(code, expected);
    return new TextDecoder().decode(stderr);
  };
  assertStringIncludes(await said([]), "Where to?");
  assertMatch(
    await said(["--sqllite", "a.db"]),
    /^Unknown option --sqllite: did you mean --sqlite\?\n\nUsage: /,
  );
  assertMatch(await finish(start(server, ["--help"])), /^Usage: deno run -A calls\/record.ts /);
  await withFolder(async (folder) => {
    assertStringIncludes(await said(["--sqlite", `${folder}/calls.db`], 1), "has no stream JANUS");
  });
});
