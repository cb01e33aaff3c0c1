import {
  NoiseMeter,
  noiseTable,
  parseMachineTime,
  percentOf,
} from "../../../../scripts/bench/frame/noise.ts";
import { assert, assertEquals } from "../../../assert.ts";

Deno.test("stolen time is a share of the time between two readings", () => {
  const before = parseMachineTime("cpu  10 0 10 70 0 0 5 5 99 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n");
  assertEquals(before, { idle: 70, steal: 5, total: 100 });
  const after = parseMachineTime("cpu  20 0 20 125 5 0 20 10 99 0\n");
  assertEquals(percentOf("steal", before, after), 5);
  assertEquals(percentOf("idle", before, after), 60);
  assertEquals(percentOf("steal", before, before), 0);
});

Deno.test("the table of looks has medians and the worst", () => {
  const look = (number: number) => ({
    ...{ p50: number, p99: number * 2, p999: number * 3 },
    ...{ max: number * 4, busy: number, steal: number / 10 },
  });
  const { rows } = noiseTable({ steady: [look(10), look(30), look(20)], never: [] });
  assertEquals(rows, [[
    "steady",
    "3",
    "20",
    "40",
    "60",
    "90",
    "120",
    "20.0 %",
    "30.0 %",
    "2.0 %",
    "3.0 %",
  ]]);
});

Deno.test("a thread that sleeps wakes late, by as much as the machine needs", async () => {
  await using meter = await NoiseMeter.start();
  const { p50, p99, p999, max, busy, steal } = await meter.look(50);
  assert(0 < p50 && p50 <= p99 && p99 <= p999 && p999 <= max, `${p50} ${p99} ${p999} ${max}`);
  assert(0 <= busy && busy <= 100 && 0 <= steal && steal <= 100, `${busy} ${steal}`);
});
