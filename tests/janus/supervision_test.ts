/** Processes that die or stand still: Janus goes on, they come back, and nothing is lost. */
import { Fd } from "../../ffi/bridge/layout.ts";
import { listeners } from "../../scripts/lib/ports.ts";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../assert.ts";
import { Agent } from "./support/agent.ts";
import { Fixture, type PluginName, request, waitFor } from "./support/fixture.ts";
import type { Json, TestSocket } from "./support/socket.ts";
import { companion } from "./support/stream.ts";

/** Kills a plugin's process, waits for the next one, and returns its pid. */
async function killProcess(fixture: Fixture, plugin: PluginName): Promise<number> {
  const since = fixture.janus.log.count;
  Deno.kill(fixture.pid(plugin), "SIGKILL");
  return await fixture.ready(plugin, since);
}

/** Takes the numbers of custom events from..to-1, each once and in order. */
async function expectNumbers(sub: TestSocket, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const [event] = (await sub.until(({ type }) => type === 4)).slice(-1);
    assertEquals(event?.event.data, { i });
  }
}

async function emitNumbers(fixture: Fixture, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await fixture.emit({ i });
}

/** A ring small enough to look through. */
const SMALL_RING = { ring_size: 1 };
const SMALL_REQUESTS = { max_message_size: 65536 };

/**
 * Leaves the reply to a request in the ring: Janus stands still while the process hands the
 * request over, and the process stands still when Janus answers. Returns the request's transaction.
 */
async function strandReply(
  fixture: Fixture,
  dealer: TestSocket,
  verb: string,
  more: Json = {},
): Promise<string> {
  const process = fixture.pid("transport");
  const transaction = crypto.randomUUID();
  await freeze(fixture.janus.pid);
  try {
    dealer.send(request(verb, { ...more, transaction }));
    await waitForShared(process, transaction, 1);
    await freeze(process);
  } finally {
    fixture.janus.kill("SIGCONT");
  }
  await waitForShared(process, transaction, 2);
  return transaction;
}

/** Waits until a text stands so often in the memory that Janus and a process share. */
async function waitForShared(process: number, text: string, count: number): Promise<void> {
  const decoder = new TextDecoder("latin1");
  // Once more than seen: a record is written before it is published.
  let seen = 0;
  await waitFor(`${text} to be in a ring`, async () => {
    const memory = decoder.decode(await Deno.readFile(`/proc/${process}/fd/${Fd.memory}`));
    if (memory.split(text).length - 1 >= count) seen++;
    return seen > 1;
  });
}

/** Makes a process stand still: when this returns, all of its threads have stopped. */
async function freeze(pid: number): Promise<void> {
  Deno.kill(pid, "SIGSTOP");
  await waitFor("a process to stop", async () => {
    for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
      if ((await stateOf(`${pid}/task/${name}`)) !== "T") return false;
    }
    return true;
  });
}

/** The state of a process or thread as the kernel writes it: R, S, T, Z, ...; empty if it is gone. */
async function stateOf(id: string): Promise<string> {
  const stat = await Deno.readTextFile(`/proc/${id}/stat`).catch(() => "");
  return /^\d+ \(.*\) (\S) /s.exec(stat)?.[1] ?? "";
}

/** True if a process runs; one that has ended may wait long for a parent to take note of it. */
async function runs(pid: number): Promise<boolean> {
  return !["", "Z", "X"].includes(await stateOf(`${pid}`));
}

Deno.test("a killed transport process: Janus says so, goes on, and serves its clients again", async () => {
  await using fixture = await Fixture.start({ admin: true });
  await using python = await Agent.python();
  const endpoint = fixture.janus.endpoints.api;
  const req = python.open({ type: "REQ", endpoint, relaxed: true, correlate: true });
  const before = await fixture.ready("transport", 0);
  let [answered, killed] = [0, false];
  const since = fixture.janus.log.count;
  const deadline = performance.now() + 10_000;
  // As REQ clients do it: who gets no reply in time asks again.
  for (let after = 0; after < 20;) {
    assert(performance.now() < deadline, `${answered} replies, then none`);
    req.send(request("ping"));
    try {
      await req.until(({ janus }) => janus === "pong", 250);
    } catch {
      continue;
    }
    answered++;
    if (killed) after++;
    if (answered === 20) {
      Deno.kill(before, "SIGKILL");
      killed = true;
    }
  }
  const name = "\\[ERR\\] \\[janus\\.transport\\.zeromq\\]";
  await fixture.janus.waitForLog(
    new RegExp(
      `${name} The plugin's process \\(pid ${before}\\) was ended by signal 9 \\(Killed\\); Janus goes on`,
    ),
  );
  assertEquals(fixture.complaints("ERR").length, 1);
  const plugin = "\\[janus\\.transport\\.zeromq\\]";
  const again = new RegExp(
    `${plugin} The plugin's process is ready in \\d+ ms \\(pid (?!${before}\\))(\\d+)\\)`,
  );
  const now = Number((await fixture.janus.waitForLog(again, undefined, since))[1]);
  const info = await fixture.query("transport", { request: "info" });
  assertEquals([info.state, info.restarts, info.pid], ["running", 1, now]);
  assertEquals(info.endpoints.janus, endpoint);
});

Deno.test("a killed event process: subscribers get what Janus told meanwhile, in order", async () => {
  await using fixture = await Fixture.start({ admin: true });
  await using python = await Agent.python();
  const own = await fixture.subscribe();
  const foreign = await fixture.subscribe('{"emitter"', python);
  await emitNumbers(fixture, 0, 10);
  for (const sub of [own, foreign]) await expectNumbers(sub, 0, 10);
  const since = fixture.janus.log.count;
  const process = fixture.pid("events");
  await freeze(process);
  await emitNumbers(fixture, 10, 100);
  Deno.kill(process, "SIGKILL");
  await emitNumbers(fixture, 100, 200);
  await fixture.ready("events", since);
  await emitNumbers(fixture, 200, 210);
  for (const sub of [own, foreign]) await expectNumbers(sub, 10, 210);
  const { counters, ring, restarts } = await fixture.query("events", { request: "info" });
  assertEquals([counters.dropped, ring.dropped, restarts], [0, 0, 1]);
});

Deno.test("two kills in a row, the second before the subscribers are back: no event is lost", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const sub = await fixture.subscribe();
  await freeze(fixture.pid("events"));
  await emitNumbers(fixture, 0, 50);
  const first = await killProcess(fixture, "events");
  const second = await killProcess(fixture, "events");
  assertNotEquals(first, second);
  await emitNumbers(fixture, 50, 100);
  await expectNumbers(sub, 0, 100);
  assertEquals((await fixture.query("events", { request: "info" })).restarts, 2);
  const waits = fixture.complaints("ERR", "events").map((line) => /in (\d+) ms$/.exec(line)?.[1]);
  assertEquals(waits, ["100", "200"]);
});

Deno.test("two kills of the transport's process in a row: it serves again", async () => {
  await using fixture = await Fixture.start({ admin: true });
  await killProcess(fixture, "transport");
  await killProcess(fixture, "transport");
  const dealer = fixture.connect("DEALER");
  assertEquals((await fixture.ask(dealer, "ping")).janus, "pong");
  assertEquals((await fixture.query("transport", { request: "info" })).restarts, 2);
});

Deno.test("a DEALER with a routing id gets the reply that stood in the ring, and goes on", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { transport: { runtime: SMALL_RING, limits: SMALL_REQUESTS } },
  });
  const dealer = fixture.connect("DEALER", { identity: "comes back" });
  const session_id = (await fixture.ask(dealer, "create")).data.id;
  const plugin = "janus.plugin.echotest";
  const handle_id = (await fixture.ask(dealer, "attach", { session_id, plugin })).data.id;
  const transaction = await strandReply(fixture, dealer, "keepalive", { session_id });
  await killProcess(fixture, "transport");
  const reply = await dealer.json();
  assertEquals([reply.janus, reply.transaction], ["ack", transaction]);
  // Its session is as it was, and asynchronous events find it.
  dealer.send(request("message", { session_id, handle_id, body: { audio: true } }));
  const kinds = [await dealer.json(), await dealer.json()].map(({ janus }) => janus);
  assertEquals(kinds.sort(), ["ack", "event"]);
  assertEquals((await fixture.admin("list_sessions")).sessions, [session_id]);
  await dealer.close();
  await fixture.waitFor("the session to be gone with its client", async () => {
    return (await fixture.admin("list_sessions")).sessions.length === 0;
  });
});

Deno.test("peers that don't come back after a restart are gone, and their sessions with them", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const dealer = fixture.connect("DEALER", { identity: "leaves" });
  await fixture.ask(dealer, "ping");
  const since = fixture.janus.log.count;
  const process = fixture.pid("transport");
  await freeze(process);
  await dealer.close();
  Deno.kill(process, "SIGKILL");
  await fixture.ready("transport", since);
  await fixture.waitFor("the peer to be gone", async () => {
    return (await fixture.query("transport", { request: "info" })).counters.peers === 0;
  });
});

Deno.test("an event process that stands still is ended by the watchdog, and nothing is lost", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { event_handler: { runtime: { watchdog: 1 } } },
  });
  const sub = await fixture.subscribe();
  const since = fixture.janus.log.count;
  const process = fixture.pid("events");
  await freeze(process);
  const begun = performance.now();
  await emitNumbers(fixture, 0, 10);
  await fixture.ready("events", since);
  const took = performance.now() - begun;
  assert(took > 950 && took < 5000, `it took ${took} ms`);
  const [first = "", second = "", ...more] = fixture.complaints("ERR");
  assertMatch(
    first,
    new RegExp(
      `The plugin's process \\(pid ${process}\\) has not moved for 1 s \\(runtime\\.watchdog\\)`,
    ),
  );
  assertMatch(second, /was ended by signal 9 \(Killed\); Janus goes on/);
  assertEquals(more, []);
  await expectNumbers(sub, 0, 10);
});

Deno.test("a transport process that stands still is ended by the watchdog", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: {
      transport: { runtime: { ...SMALL_RING, watchdog: 1 }, limits: SMALL_REQUESTS },
    },
  });
  const dealer = fixture.connect("DEALER", { identity: "waits" });
  await fixture.ask(dealer, "ping");
  const since = fixture.janus.log.count;
  const transaction = await strandReply(fixture, dealer, "ping");
  await fixture.janus.waitForLog(/has not moved for 1 s \(runtime\.watchdog\)/, 5000, since);
  assertEquals((await dealer.json()).transaction, transaction);
});

Deno.test("a process with nothing to do is left alone, however long", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: {
      transport: { runtime: { watchdog: 1 } },
      event_handler: { runtime: { watchdog: 1 } },
    },
  });
  // Nothing to wait for: this is about what must not happen.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assertEquals(fixture.complaints("ERR|WARN"), []);
  assertEquals((await fixture.admin("ping")).janus, "pong");
});

/** A number that Linux has of the scheduling of each thread of a process; none where it does not show them. */
async function scheduled(pid: number, key: "se.slice" | "policy"): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/sched`).catch(() => "");
    const line = text.split("\n").find((one) => one.startsWith(`${key} `));
    if (line !== undefined) found.push(Number(line.split(":")[1]));
  }
  return found;
}

/** Turns on the processor, in nanoseconds. */
function turnsOf(pid: number): Promise<number[]> {
  return scheduled(pid, "se.slice");
}

/** As Linux numbers it: its threads end nobody's turn. */
const BATCH = 3;

const [major = 0, minor = 0] = Deno.osRelease().split(".").map(Number);

Deno.test({
  name:
    "all threads of the processes have short turns on the processor, libzmq's as well, and the stream's long ones",
  // Older kernels do not know them.
  ignore: major < 6 || (major === 6 && minor < 12) || (await turnsOf(Deno.pid)).length === 0,
  fn: async () => {
    const server = { url: "127.0.0.1:9" };
    const event_handler = { stream: { enabled: true, servers: [server.url] } };
    await using fixture = await Fixture.start({ settings: { event_handler } });
    const stream = await companion(fixture, server);
    const policies = await scheduled(stream, "policy");
    assert(policies.length > 0 && policies.every((one) => one === BATCH), `it: ${policies}`);
    const long = await turnsOf(stream);
    assert(long.length > 0 && long.every((turn) => turn === 3_000_000), `the stream: ${long}`);
    for (const plugin of ["transport", "events"] as const) {
      const turns = await turnsOf(fixture.pid(plugin));
      assert(turns.length > 3 && turns.every((turn) => turn === 100_000), `${plugin}: ${turns}`);
    }
  },
});

Deno.test("a port that is taken while the process is away: said once, tried again", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const since = fixture.janus.log.count;
  const { api } = fixture.janus.ports;
  Deno.kill(fixture.pid("transport"), "SIGKILL");
  const listener = await waitForPort(api);
  try {
    await fixture.janus.waitForLog(
      new RegExp(`\\[ERR\\].* Not started again: Cannot bind tcp://127.0.0.1:${api}: `),
      5000,
      since,
    );
    await waitFor("another try", async () => {
      const pids = (await fixture.janus.children()).length;
      return pids === 2;
    });
  } finally {
    listener.close();
  }
  await fixture.ready("transport", since);
  assertEquals(fixture.complaints("ERR", "transport").length, 2);
  assertEquals((await fixture.admin("ping")).janus, "pong");
});

/** Listens where a killed process did, as soon as the kernel has closed its socket. */
async function waitForPort(port: number): Promise<Deno.Listener> {
  await waitFor(`port ${port} to be free`, async () => {
    return !(await listeners()).some((one) => one.port === port);
  });
  return Deno.listen({ hostname: "127.0.0.1", port });
}

Deno.test("Janus is killed: the processes are gone within a second", async () => {
  await using fixture = await Fixture.start({ admin: true });
  // Their ports listen a moment before they are ready.
  const pids = [await fixture.ready("transport", 0), await fixture.ready("events", 0)];
  fixture.janus.kill("SIGKILL");
  const begun = performance.now();
  const { api, admin, events } = fixture.janus.ports;
  const ports = new Set([api, admin, events]);
  await waitFor("the processes and their sockets to be gone", async () => {
    const running = await Promise.all(pids.map(runs));
    return !running.includes(true) && !(await listeners()).some(({ port }) => ports.has(port));
  });
  const took = performance.now() - begun;
  assert(took < 1000, `it took ${took} ms`);
});

for (const plugin of ["transport", "events"] as const) {
  Deno.test(`Janus ends within 2 s though the ${plugin} process stands still`, async () => {
    const fixture = await Fixture.start({ admin: true });
    assertEquals((await fixture.admin("ping")).janus, "pong");
    const process = fixture.pid(plugin);
    await freeze(process);
    const report = await fixture.stop();
    assertEquals([report.code, report.killed, report.left_behind], [0, false, []]);
    assert(report.milliseconds < 2000, `it took ${report.milliseconds} ms`);
    assertEquals(await runs(process), false);
  });
}
