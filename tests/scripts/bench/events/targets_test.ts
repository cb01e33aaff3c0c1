import type { Finding } from "../../../../scripts/bench/events/finding.ts";
import { targets } from "../../../../scripts/bench/events/targets.ts";
import { assertEquals } from "../../../assert.ts";
import { arrival, finding, fresh, sample } from "./findings.ts";

function verdicts(findings: readonly Finding[]): (boolean | undefined)[] {
  return targets(findings).map(({ reached }) => reached);
}

interface Parts {
  readonly p50: number;
  readonly p99: number;
  readonly p99_9: number;
  readonly fresh: number;
  readonly burst: number;
  readonly filtered: number;
  readonly cpu: number;
  readonly lost: number;
  readonly peak: number;
}

/** Three rounds of ours against others that always take 100 us and 10 us of the processor. */
function all(parts: Parts): Finding[] {
  const { p50, p99, p99_9, burst, cpu, lost, peak } = parts;
  const thrice = <T>(one: T) => [one, one, one];
  const own = { p50, p99, p99_9, lost };
  const steady = thrice(sample(arrival({ ...own, rate: burst }), 1, cpu));
  const others = thrice(sample(arrival({ p50: 100, p99: 100, rate: 100 }), 1, 10));
  return [
    finding("zeromq", steady, {}, [20, 20, peak], thrice(fresh(parts.fresh))),
    finding("filter", thrice(sample(arrival({ rate: parts.filtered }), 1, 1))),
    finding("native", others, {}, [20, 20, 20], thrice(fresh(100))),
    finding("direct", others),
    finding("nanomsg-grouped", thrice(sample(arrival({ rate: 120 }), 1, 11))),
    finding("null", thrice(sample(undefined, 1, 1))),
  ];
}

Deno.test("targets are reached at their limits", () => {
  const limits = {
    ...{ p50: 120, p99: 120, p99_9: 5_000, fresh: 200, burst: 120, filtered: 100_000 },
    ...{ cpu: 10, lost: 0, peak: 22 },
  };
  const reached = verdicts(all(limits));
  assertEquals(reached, Array<boolean>(reached.length).fill(true));
  assertEquals(reached.length, 18);
});

Deno.test("targets are missed beyond", () => {
  const beyond = {
    ...{ p50: 121, p99: 121, p99_9: 5_001, fresh: 201, burst: 119, filtered: 99_999 },
    ...{ cpu: 10.1, lost: 1, peak: 22.1 },
  };
  const reached = verdicts(all(beyond));
  assertEquals(reached, Array<boolean>(reached.length).fill(false));
});

Deno.test("a burst must hold in every round, and it is said in how many it did", () => {
  const rate = (...rates: readonly number[]) => rates.map((one) => sample(arrival({ rate: one })));
  const findings = [
    finding("zeromq", rate(300, 119, 300)),
    finding("native", rate(100, 100, 100)),
  ];
  const burst = targets(findings).find(({ name }) => name === "Burst of 100 to PUB in C's")!;
  assertEquals([burst.goal, burst.measured, burst.reached], [
    ">= 1.20 in every round",
    "3.00, in 2 of 3 rounds",
    false,
  ]);
});

Deno.test("processor time is compared with the least of the others in the same round", () => {
  const cpu = (...times: readonly number[]) => times.map((one) => sample(arrival({}), 1, one));
  const findings = [
    finding("zeromq", cpu(8, 16)),
    finding("native", cpu(10, 40)),
    finding("nanomsg-grouped", cpu(20, 20)),
  ];
  const target = targets(findings).find(({ name }) => name.startsWith("50,000/s: processor"))!;
  assertEquals(target.measured, "0.80");
});

Deno.test("a fast burst counts for nothing where events are lost in it", () => {
  const lossy = [sample(arrival({ rate: 190_000 })), sample(arrival({ rate: 190_000, lost: 3 }))];
  const burst = targets([finding("filter", lossy)]).find(({ name }) => name.includes("1 filter"));
  assertEquals(burst, {
    name: "Long burst, 1 filter",
    goal: ">= 100,000/s",
    measured: "190,000/s, 3 lost",
    reached: false,
  });
});

Deno.test("what isn't there to compare with is neither reached nor missed", () => {
  assertEquals(verdicts([]), Array(18).fill(undefined));
});
