import { cpuTimes, usedSince } from "../../../../scripts/bench/events/cpu_times.ts";
import { sampleOf } from "../../../../scripts/bench/events/measure.ts";
import { assertEquals, assertThrows } from "../../../assert.ts";

const GENERATED = {
  sent: 1_000,
  first_at: 9.5e8,
  last_at: 1.25e9,
  calls_total: 2e6,
  calls_most: 9e3,
};
const USED = { event_thread: 2, janus: 6, plugin: 4, broker: 8 };
const LATENCY = { p50: 70, p99: 90, p99_9: 95, most: 99 };

Deno.test("sampleOf() counts what is missing, and time from first to last", () => {
  const counts = { received: 800, doubled: 1, disordered: 2 };
  const times = { first_at: 1e9, last_at: 1.5e9, parts: [LATENCY] };
  const sample = sampleOf(GENERATED, { ...counts, ...times, bytes: 416_000, cpu: 1_600 }, USED);
  assertEquals(sample, {
    sent: 1_000,
    made_in: 0.3,
    arrival: {
      ...counts,
      ...{
        ...LATENCY,
        lost: 200,
        seconds: 0.5,
        rate: 1_600,
        behind: 0.25,
        size: 520,
        cpu: 2,
      },
    },
    ...{ call_mean: 2, call_most: 9 },
    ...{ cpu_event_thread: 2, cpu_janus: 6, cpu_plugin: 4, cpu_broker: 8 },
    // Of those that arrived: 18 ms and the subscriber's 1.6 ms.
    cpu_all: 24.5,
  });
});

Deno.test("sampleOf() has no rate to tell of one event", () => {
  const counts = { received: 1, doubled: 0, disordered: 0 };
  const times = { first_at: 1e9, last_at: 1e9, parts: [LATENCY] };
  assertThrows(
    () => sampleOf(GENERATED, { ...counts, ...times, bytes: 520, cpu: 1 }, USED),
    Error,
    "1 of 1000 events arrived",
  );
});

Deno.test("cpuTimes() finds the event thread before the generator's, and leaves that one out", () => {
  const thread = (name: string, time: number, id = 0) => ({ id, name, time });
  // Numbers of threads begin anew at some time: their order decides.
  const janus = [
    thread("janus", 1, 32_766),
    thread("janus", 20, 300),
    thread("eventgen", 400, 301),
    thread("ws thread", 8_000, 302),
  ];
  const plugin = [thread("deno", 3), thread("V8 Worker", 4)];
  const times = cpuTimes(janus, plugin, [thread("beam.smp", 9)]);
  assertEquals(times, { event_thread: 20, janus: 8_021, plugin: 7, broker: 9 });
  assertEquals(usedSince({ event_thread: 5, janus: 8_000, plugin: 7, broker: 4 }, times), {
    event_thread: 15,
    janus: 21,
    plugin: 0,
    broker: 5,
  });
  assertThrows(() => cpuTimes([thread("janus", 1)], [], []), Error, "the generator's thread");
});
