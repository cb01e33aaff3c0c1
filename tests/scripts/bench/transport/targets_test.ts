import type { Findings } from "../../../../scripts/bench/transport/report.ts";
import { targets } from "../../../../scripts/bench/transport/targets.ts";
import { assertEquals } from "../../../assert.ts";
import { comparisonOf, samplesOf, scaleOf } from "./findings.ts";

const NOTHING: Findings = {
  ...{ comparison: undefined, started: undefined },
  ...{ brokered: undefined, scale: undefined },
};

function verdicts(findings: Partial<Findings>): (boolean | undefined)[] {
  return targets({ ...NOTHING, ...findings }).map(({ reached }) => reached);
}

Deno.test("goals of warm transports are reached at their limits, and missed beyond", () => {
  const others = {
    native: [{ p50: 100, p99: 200 }],
    nanomsg: [{ p50: 110, rate: 100 }],
  };
  const at = { p50: 110, p99: 240, p999: 5_000, rate: 150 };
  const beyond = { p50: 111, p99: 241, p999: 5_001, rate: 149 };
  const judge = (ours: typeof at, hook: number) =>
    verdicts({
      comparison: comparisonOf(samplesOf({ zeromq: [ours], hook: [{ p50: hook }], ...others })),
    });
  assertEquals(judge(at, 150), Array(8).fill(true));
  assertEquals(judge(beyond, 152), Array(8).fill(false));
});

Deno.test("p99.9 is the median of the rounds, and the worst is told", () => {
  const comparison = comparisonOf(
    samplesOf({ zeromq: [{ p999: 400 }, { p999: 9_000 }, { p999: 500 }] }),
  );
  const target = targets({ ...NOTHING, comparison }).find(({ name }) => name.startsWith("p99.9"));
  assertEquals(target?.reached, true);
  assertEquals(target?.measured, "500 us (worst round 9.0 ms)");
});

Deno.test("what isn't there to compare with is neither reached nor missed", () => {
  const samples = samplesOf({ zeromq: [{}] });
  assertEquals(
    verdicts({ comparison: comparisonOf(samples), started: { samples, noise: [] } })
      .filter((reached) => reached !== undefined),
    [true, true], // p99.9 is compared with nothing
  );
});

Deno.test("what was left out has no goals", () => {
  assertEquals(verdicts({}), []);
});

Deno.test("the first second has a limit of its own", () => {
  const judge = (p99: number) =>
    verdicts({
      started: { samples: samplesOf({ zeromq: [{ p99 }], native: [{ p99: 100 }] }), noise: [] },
    });
  assertEquals(judge(200), [true, true]);
  assertEquals(judge(201), [false, false]);
});

Deno.test("cost, memory and idleness with many peers have their limits", () => {
  const native = { p50: 100, rate: 120, cpu_janus: 10 };
  const reached = scaleOf({ p50: 120, rate: 100, cpu_janus: 12 }, native, {
    ...{ rss: 89.9, oneOfMany: 13 },
  });
  assertEquals(verdicts({ scale: reached }), Array(7).fill(true));
  // Our own threads are idle if it is libzmq that isn't.
  const missed = scaleOf({ p50: 121, rate: 99, cpu_janus: 12.1 }, native, {
    ...{ rss: 90, oneOfMany: 13.1, idleMs: 16 },
  });
  assertEquals(verdicts({ scale: missed }), [false, false, false, false, false, true, false]);
});
