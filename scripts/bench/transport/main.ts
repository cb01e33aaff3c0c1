/**
 * `deno task bench:transport`: our transport against Janus's own (nanomsg, WebSockets, Unix
 * sockets, HTTP) and against a ROUTER plugin in C, all in one Janus process, on loopback; then a
 * thousand peers against one.
 *
 * The machine's speed drifts while this runs: so the transports take turns, in many short rounds,
 * and what is shown is the median; ratios are taken within each round.
 */
import { runBenchmark } from "../frame/benchmark.ts";
import { compare, type Comparison } from "./compare.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { chart, sections, toJson } from "./report.ts";
import { measureScale } from "./scale.ts";
import { targets } from "./targets.ts";

/** How long everything takes: under 4 minutes. */
const FULL = {
  timing: { warmup: 100, measure: 300 },
  scale: { rounds: 8, timing: { warmup: 100, measure: 400 }, idle: 10_000 },
};
/** Under 30 seconds. */
const QUICK = {
  timing: { warmup: 50, measure: 100 },
  scale: { rounds: 2, timing: { warmup: 50, measure: 100 }, idle: 2_000 },
};

/** Who stood still, if anybody did: it makes their numbers worse. */
function stallNotes({ contestants }: Prepared, { samples }: Comparison): string[] {
  return contestants.flatMap(({ key, title }) => {
    const all = [...samples.get(key)!.values()].flat();
    const stalls = all.reduce((sum, one) => sum + one.stalls, 0);
    return stalls === 0
      ? []
      : [`${title} stood still ${stalls} times for 20 ms, till a client came`];
  });
}

if (import.meta.main) {
  const code = await runBenchmark({
    name: "transport",
    about:
      `  Compares our transport with Janus's own (nanomsg, WebSockets, Unix sockets, HTTP) and with a
  ROUTER in C, and a thousand peers with one.`,
    options: { "no-scale": "flag" },
    optionsUsage: "  --no-scale     Leaves the thousand peers out.",
    builds: ["transport"],
    rounds: { full: 15, quick: 2 },
    plan: ({ options, quick, rounds }) => {
      const { timing, scale } = quick ? QUICK : FULL;
      return { timing, rounds, scale: options["no-scale"] ? undefined : scale };
    },
    async measure({ timing, rounds, scale: options }, run) {
      const prepared = await prepare();
      const comparison = await compare(prepared, rounds, timing, run);
      const scale = options && await measureScale(prepared, options, run);
      const notes = [
        `Medians of ${rounds} rounds of ${timing.measure} ms each, in turns; ` +
        `${navigator.hardwareConcurrency} cores shared with the client, ` +
        `load average ${run.load.toFixed(1)} before`,
        ...prepared.notes,
        ...stallNotes(prepared, comparison),
      ];
      const results = {
        contestants: prepared.contestants,
        ...{ comparison, scale, notes },
        targets: targets(comparison.samples, scale),
      };
      return {
        title: "Janus's transports compared",
        notes,
        sections: sections(results),
        chart: chart(results),
        json: toJson(results),
      };
    },
  });
  Deno.exit(code);
}
