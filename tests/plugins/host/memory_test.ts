import { MemoryCeiling } from "../../../plugins/host/memory.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { assert, assertEquals } from "../../assert.ts";

const MIB = 1 << 20;

function fixture(limit: number, names: readonly (string | null)[] = ["tcp://192.0.2.1:1"]) {
  const state = { memory: 50 * MIB, heap: 0, allowance: 0, looks: 0, log: [] as string[] };
  const ceiling = new MemoryCeiling({
    link: {
      memory: () => (state.looks++, state.memory),
      connectionName: (fd) => names[fd] ?? null,
    },
    log: { warning: (text) => void state.log.push(text) },
    limit,
    connections: () => names.keys(),
    heap: () => state.heap,
    allowance: () => state.allowance,
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
