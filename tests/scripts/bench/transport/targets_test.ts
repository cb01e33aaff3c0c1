import type { Samples } from "../../../../scripts/bench/transport/compare.ts";
import type { Key } from "../../../../scripts/bench/transport/contestants.ts";
import type { Sample } from "../../../../scripts/bench/transport/load.ts";
import type { Scale } from "../../../../scripts/bench/transport/scale.ts";
import { targets } from "../../../../scripts/bench/transport/targets.ts";
import { assertEquals } from "../../../assert.ts";

function sample(p50: number, rate: number, cpu = 10): Sample {
  const rest = { requests: 1, p99: p50, cpu_client: 0, stalls: 0 };
  return { ...rest, p50, rate, cpu_janus: cpu, cpu_plugin: 0 };
}

function samplesOf(all: Partial<Record<Key, Sample>>): Samples {
  return new Map(
    (Object.entries(all) as [Key, Sample][]).map(([key, one]) => [
      key,
      new Map([[1, [one]], [16, [one]], [128, [one]]] as const),
    ]),
  );
}

function verdicts(samples: Samples, scale?: Scale): (boolean | undefined)[] {
  return targets(samples, scale).map(({ reached }) => reached);
}

Deno.test("targets are reached at their limits, and missed beyond", () => {
  const others = { native: sample(100, 1), nanomsg: sample(110, 100) };
  assertEquals(verdicts(samplesOf({ zeromq: sample(110, 150), ...others })), [true, true, true]);
  assertEquals(
    verdicts(samplesOf({ zeromq: sample(111, 149), ...others })),
    [false, false, false],
  );
});

Deno.test("what isn't there to compare with is neither reached nor missed", () => {
  assertEquals(
    verdicts(samplesOf({ zeromq: sample(1, 1) })),
    [undefined, undefined, undefined],
  );
});

function scaleOf(manyCpu: number, rss: number, idleMs: number): Scale {
  const memory = { rss, peak: rss, anonymous: 0, file: 0, shared: 0 };
  const idle = {
    seconds: 10,
    threads: { deno: idleMs / 2, "ZMQbg/IO/0": idleMs / 2 },
    total: idleMs,
  };
  return {
    samples: [{
      key: "zeromq",
      window: 1,
      one: [sample(1, 1, 10)],
      "one of many": [sample(1, 1, 10)],
      many: [sample(1, 1, manyCpu)],
    }],
    idle: { one: idle, many: idle },
    memory: { connected: { ...memory, rss: 1 }, after: memory },
    memory_of_one: { janus: memory, plugin: memory },
  };
}

Deno.test("cost, memory and idleness with many peers have their limits", () => {
  const samples = samplesOf({ zeromq: sample(1, 1) });
  const scaleVerdicts = (scale: Scale) => verdicts(samples, scale).slice(3);
  assertEquals(scaleVerdicts(scaleOf(13, 89, 0)), [true, true, true, true, true]);
  // The memory after load counts, and so does what libzmq does.
  assertEquals(scaleVerdicts(scaleOf(13.1, 90, 16)), [true, false, false, true, false]);
});
