import { sampleOf } from "../../../../scripts/bench/stream/measure.ts";
import { assertEquals } from "../../../assert.ts";

const GENERATED = {
  sent: 1_000,
  first_at: 9.5e8,
  last_at: 1.25e9,
  calls_total: 2e6,
  calls_most: 9e3,
};
const RECEPTION = {
  ...{ received: 990, doubled: 1, disordered: 2 },
  parts: [{ p50: 70, p99: 90, p99_9: 95, most: 99 }],
  ...{ first_at: 1e9, last_at: 1.5e9, bytes: 514_800, cpu: 990 },
};

Deno.test("sampleOf() has an event's processor time by process, of those that are there", () => {
  const { cpu, stream, pub, stored } = sampleOf(
    { generated: GENERATED, pub: undefined, stream: RECEPTION },
    { messages: 990, rate: 2_000 },
    { janus: 5, plugin: 7, engine: 1 },
    { janus: 8, plugin: 7, engine: 21 },
  );
  assertEquals(cpu, { janus: 3, plugin: 0, engine: 20 });
  assertEquals([stream?.lost, stream?.doubled, stream?.rate], [10, 1, 1_980]);
  assertEquals([pub, stored], [undefined, { messages: 990, rate: 2_000 }]);
});
