import { MemoryCeiling } from "../../../plugins/host/memory.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { assert, assertEquals } from "../../assert.ts";

const MIB = 1 << 20;

function fixture(limit: number, names: readonly (string | null)[] = ["tcp://192.0.2.1:1"]) {
  const state = {
    memory: 50 * MIB,
    heap: 0,
    allowance: 0,
    looks: 0,
    log: [] as string[],
    /** Descriptors of strangers, and what each of them holds. */
    strangers: new Map<number, number>(),
    /** Bytes that are free and not given back yet. */
    free: 0,
  };
  const ceiling = new MemoryCeiling({
    link: {
      memory: () => (state.looks++, state.memory),
      connectionName: (fd) => names[fd] ?? null,
      trim: () => {
        state.memory -= state.free;
        state.free = 0;
      },
    },
    log: { warning: (text) => void state.log.push(text) },
    limit,
    connections: () => names.keys(),
    heap: () => state.heap,
    allowance: () => state.allowance,
    cutOversized: (cutting) => {
      for (const [fd, bytes] of state.strangers) {
        cutting(fd);
        state.free += bytes;
      }
      state.strangers.clear();
    },
  });
  return { state, ceiling };
}

Deno.test("a process that has taken too much is started anew, and it is said who was there", () => {
  const names = ["tcp://192.0.2.1:1", "tcp://[2001:db8::1]:5", "tcp://192.0.2.1:2", null, "ipc"];
  const { state, ceiling } = fixture(100, names);
  assert(!ceiling.reached(0));
  state.memory = 101 * MIB;
  assert(ceiling.reached(5000));
  assert(ceiling.reached(5001));
  assertEquals(state.log, [
    "The process has taken 101 MiB, 5 connections included (runtime.max_memory = 100): it is started" +
    " anew. Connected: 192.0.2.1 (2), [2001:db8::1] (1), ipc (1)",
  ]);
});

Deno.test("JavaScript's memory, connections and what settings allow do not count", () => {
  const { state, ceiling } = fixture(100, Array.from({ length: 800 }, () => null));
  state.memory = 199 * MIB; // 100 for so many connections
  assert(!ceiling.reached(0));
  state.memory = 450 * MIB;
  state.heap = 200 * MIB;
  state.allowance = 60 * MIB;
  assert(!ceiling.reached(5000));
  state.allowance = 40 * MIB;
  assert(ceiling.reached(10_000));
});

Deno.test("strangers are cut off before anybody else has to suffer, and it is said who they were", () => {
  const names = [
    "tcp://192.0.2.1:1",
    "tcp://192.0.2.9:1",
    "tcp://192.0.2.9:2",
    "tcp://192.0.2.8:1",
  ];
  const { state, ceiling } = fixture(100, names);
  const fill = (...strangers: number[]) => {
    for (const fd of strangers) state.strangers.set(fd, 20 * MIB);
    state.memory += strangers.length * 20 * MIB;
  };
  fill(1);
  assert(!ceiling.reached(0));
  assertEquals([state.strangers.size, state.log], [1, []]);
  fill(2, 3);
  assert(!ceiling.reached(1000));
  assertEquals(state.strangers.size, 0);
  assertEquals(ceiling.deadline, 1020);
  assert(!ceiling.reached(1020));
  assertEquals([state.memory, ceiling.deadline > 1050], [50 * MIB, true]);
  assertEquals(state.log, [
    "The process has taken 110 MiB (runtime.max_memory = 100): connections are cut that send much and" +
    " have not said who they are: 192.0.2.9 (2), 192.0.2.8 (1)",
  ]);
  // They come again and again: it is said now and then.
  for (let now = 2000; now < 12_000; now += 100) {
    fill(1, 2, 3);
    assert(!ceiling.reached(now) && !ceiling.reached(now + 50), `${now}`);
  }
  assertEquals(state.log.length, 2);
});

Deno.test("if it was not strangers who filled it, the process is started anew all the same", () => {
  const { state, ceiling } = fixture(100);
  state.memory = 150 * MIB;
  state.strangers.set(0, 10 * MIB);
  assert(!ceiling.reached(0));
  assert(!ceiling.reached(480));
  assertEquals(state.memory, 140 * MIB);
  assert(ceiling.reached(520));
  assertEquals(state.log.length, 2);
});

Deno.test("strangers who come without end put that off for a moment alone", () => {
  const { state, ceiling } = fixture(100);
  state.memory = 150 * MIB;
  let now = 0;
  for (state.strangers.set(0, 0); !ceiling.reached(now); now += 20) state.strangers.set(0, 0);
  assertEquals(now, 500);
});

Deno.test("of many addresses the busiest are named", () => {
  const names = Array.from({ length: 100 }, (_, i) => `tcp://192.0.2.${i}:1`);
  const { state, ceiling } = fixture(1, [...names, "tcp://192.0.2.77:2"]);
  assert(ceiling.reached(0));
  assert(state.log[0]!.includes("Connected: 192.0.2.77 (2), 192.0.2.0 (1), "), state.log[0]);
  assert(state.log[0]!.endsWith(", 80 more addresses"), state.log[0]);
});

Deno.test("memory is looked at more often the less there is left, and not at all for nobody", () => {
  const { state, ceiling } = fixture(256);
  assert(!ceiling.reached(1000));
  assert(ceiling.deadline > 1300 && ceiling.deadline < 2000, String(ceiling.deadline));
  assert(!ceiling.reached(1100));
  assertEquals(state.looks, 1);
  state.memory = 255 * MIB;
  assert(!ceiling.reached(2000));
  assertEquals([state.looks, ceiling.deadline], [2, 2020]);
  assertEquals(fixture(256, []).ceiling.deadline, Infinity);
  assertEquals(fixture(0).ceiling.deadline, Infinity);
  assert(!fixture(0).ceiling.reached(1));
});

Deno.test("what the process takes is told by the system, without the ring", () => {
  using end = new JanusLibrary().open(1 << 24);
  using link = end.attach();
  const before = link.memory();
  assert(before > 10 * MIB && before < 4096 * MIB, String(before));
  const bytes = new Uint8Array(100 * MIB).fill(1);
  const grown = link.memory() - before;
  assert(grown > 90 * MIB && grown < 200 * MIB, `${grown} of ${bytes.length}`);
});
