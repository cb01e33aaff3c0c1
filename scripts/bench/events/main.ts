/**
 * `deno task bench:events`: our event handler against Janus's own (nanomsg, WebSockets), against
 * one in C, and against one that does nothing. A plugin in Janus makes the events; subscribers in C
 * take them.
 *
 * Each handler has a Janus of its own, as Janus copies every event for each handler that it has.
 * The machine's speed drifts while this runs: so the handlers take turns, in several rounds, and
 * what is shown is the median; ratios are taken within each round.
 */
import { runBenchmark } from "../frame/benchmark.ts";
import { compare } from "./compare.ts";
import type { Plan } from "./in_turns.ts";
import { EVENT_SIZE } from "./generator.ts";
import { parsePlacement, PLACED } from "./placement.ts";
import { prepare } from "./prepare.ts";
import { chart, sections, toJson } from "./report.ts";
import { targets } from "./targets.ts";

/** Under 5 minutes. */
const FULL = {
  seconds: 1,
  burst: 200_000,
  warmup: 50_000,
  budget: 270_000,
};
/** Under a minute. */
const QUICK = {
  seconds: 0.2,
  burst: 20_000,
  warmup: 10_000,
  budget: 40_000,
};

if (import.meta.main) {
  const code = await runBenchmark({
    name: "events",
    about:
      `  Compares our event handler with Janus's own (nanomsg, WebSockets), with one in C, and with one
  that does nothing.`,
    options: { cores: "text" },
    optionsUsage:
      `  --cores WHERE  Where Janus makes events and hands them over: on one core (one; the default), on
                 two (two), or wherever Linux has its threads (free).`,
    builds: ["event"],
    rounds: { full: 5, quick: 2 },
    plan: ({ options, quick, rounds }): Plan => ({
      ...(quick ? QUICK : FULL),
      rounds,
      placement: parsePlacement(options.cores),
    }),
    async measure(plan, run) {
      const prepared = await prepare();
      const comparison = await compare(prepared, plan, run);
      const notes = [
        `Medians of ${comparison.rounds} rounds in turns, events of ${EVENT_SIZE} bytes; ` +
        `${navigator.hardwareConcurrency} cores shared with generator and subscriber, ` +
        `load average ${run.load.toFixed(1)} before`,
        PLACED[plan.placement],
        "All over TCP. nanomsg leaves TCP's delays on (Nagle's algorithm): at low rates it waits",
        ...prepared.notes,
        ...comparison.notes,
      ];
      const results = { comparison, targets: targets(comparison.findings), notes };
      return {
        title: "Janus's event handlers compared",
        notes,
        sections: sections(results),
        chart: chart(results),
        json: toJson(results),
      };
    },
  });
  Deno.exit(code);
}
