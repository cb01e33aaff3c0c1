/**
 * `deno task bench:events`: our event handler against Janus's own (nanomsg, WebSockets, RabbitMQ,
 * MQTT), against two in C, and against one that does nothing. A plugin in Janus makes the events;
 * subscribers in C take them.
 *
 * Each handler has a Janus of its own, as Janus copies every event for each handler that it has.
 * The machine's speed drifts while this runs: so the handlers take turns, in several rounds, and
 * what is shown is the median, with the worst round; ratios are taken within each round. All rounds of
 * a load come before the next load: a backlog leaves Janus a heap that holds up those who come after.
 * After each round it is also looked at how late the machine itself wakes threads.
 */
import { runBenchmark } from "../frame/benchmark.ts";
import { compare, type Plan } from "./compare.ts";
import { EVENT_SIZE } from "./generator.ts";
import { parsePlacement, PLACED } from "./placement.ts";
import { prepare } from "./prepare.ts";
import { sections, toJson } from "./report.ts";
import { chart } from "./report_chart.ts";
import { targets } from "./targets.ts";

/** Ten minutes. */
const FULL = {
  lead: 0.2,
  seconds: 2,
  bursts: { "short burst": 20_000, "long burst": 200_000 },
  warmup: 20_000,
  budget: 600_000,
};
/** Under a minute. */
const QUICK = {
  lead: 0.1,
  seconds: 0.2,
  bursts: { "short burst": 5_000, "long burst": 20_000 },
  warmup: 10_000,
  budget: 40_000,
};

if (import.meta.main) {
  const code = await runBenchmark({
    name: "events",
    about:
      `  Compares our event handler with Janus's own (nanomsg, WebSockets, RabbitMQ, MQTT), with two in C,
  and with one that does nothing.`,
    options: { cores: "text" },
    optionsUsage:
      `  --cores WHERE  Where Janus makes events and hands them over: on one core (one), on two (two), or
                 wherever Linux has its threads (free; the default).`,
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
        `At each rate, events are made for ${plan.lead} s to warm up, and ${plan.seconds} s are measured`,
        "All over TCP. nanomsg and MQTT leave TCP's delays on (Nagle's algorithm): at low rates they wait",
        "Of long bursts only a Janus's first is all but free of pauses in malloc and free, which take up to a " +
        "second with any handler: see the slowest calls",
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
