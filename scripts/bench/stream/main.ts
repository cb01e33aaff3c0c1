/**
 * `deno task bench:stream`: events from Janus into a stream, and out of it again to a consumer in C.
 *
 * Each contestant has a Janus and a server of its own: then each server's processor time and memory are
 * those of one, and none has another's files, ids and garbage to care for. The one that is not being
 * measured idles. They take turns, in several rounds, and what is shown is the median; ratios are
 * taken within each round.
 */
import { runBenchmark } from "../frame/benchmark.ts";
import { EVENT_SIZE } from "../events/generator.ts";
import { parsePlacement, PLACED } from "../events/placement.ts";
import { compare, type Plan } from "./compare.ts";
import { prepare } from "./prepare.ts";
import { chart, sections, toJson } from "./report.ts";
import { targets } from "./targets.ts";

/** Under 5 minutes. */
const FULL = {
  seconds: 1,
  burst: 100_000,
  warmup: 30_000,
  budget: 270_000,
};
/** Under a minute. */
const QUICK = {
  seconds: 0.3,
  burst: 20_000,
  warmup: 10_000,
  budget: 40_000,
};

if (import.meta.main) {
  const code = await runBenchmark({
    name: "stream",
    about:
      `  Compares our event handler, which stores events in a NATS stream, with the same without, with
  subscribers in C that store what they get from ours or from Janus's nanomsg handler, and with
  Janus's RabbitMQ handler into a RabbitMQ stream.`,
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
        `Medians of ${comparison.rounds} rounds in turns, events of ${EVENT_SIZE} bytes, streams in ` +
        `files; ${navigator.hardwareConcurrency} cores shared with generator and consumers, ` +
        `load average ${run.load.toFixed(1)} before`,
        PLACED[plan.placement],
        ...prepared.notes,
        ...comparison.notes,
      ];
      const results = { comparison, targets: targets(comparison.findings), notes };
      return {
        title: "Events of Janus into a stream",
        notes,
        sections: sections(results),
        chart: chart(results),
        json: toJson(results),
      };
    },
  });
  Deno.exit(code);
}
