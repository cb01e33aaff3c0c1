/**
 * `deno task bench:events`: our event handler against Janus's own (nanomsg, WebSockets), against
 * one in C, and against one that does nothing. A plugin in Janus makes the events; subscribers in C
 * take them.
 *
 * Each handler has a Janus of its own, as Janus copies every event for each handler that it has.
 * The machine's speed drifts while this runs: so the handlers take turns, in several rounds, and
 * what is shown is the median; ratios are taken within each round.
 *
 * Options: `--quick` for a look whether everything works, `--rounds=N`, `--cores=one|two|free` for
 * where Janus makes events and hands them over (see placement.ts).
 * Writes `build/bench/events.json`, `.md` and `.svg`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { parseRounds, progress, publish } from "../lib/report.ts";
import { compare, type Plan } from "./compare.ts";
import { EVENT_SIZE } from "./generator.ts";
import { parsePlacement, type Placement } from "./placement.ts";
import { prepare } from "./prepare.ts";
import { chart, type Results, sections, toJson } from "./report.ts";
import { targets } from "./targets.ts";

/** Under 5 minutes. */
const FULL: Omit<Plan, "placement"> = {
  rounds: 5,
  seconds: 1,
  burst: 200_000,
  warmup: 50_000,
  budget: 270_000,
};
/** Under a minute. */
const QUICK: Omit<Plan, "placement"> = {
  rounds: 2,
  seconds: 0.2,
  burst: 20_000,
  warmup: 10_000,
  budget: 40_000,
};

interface Options {
  readonly quick?: boolean;
  readonly rounds?: string;
  readonly cores?: string;
}

/** What `--cores` means to the reader. */
const PLACED: Readonly<Record<Placement, string>> = {
  one: "Janus makes events and hands them over on one core",
  two: "Janus makes events on one core and hands them over on another",
  free: "Janus makes events and hands them over wherever Linux has its threads",
};

async function run(options: Options): Promise<Results> {
  const chosen = options.quick === true ? QUICK : FULL;
  const placement = parsePlacement(options.cores);
  const plan = { ...chosen, placement, rounds: parseRounds(options.rounds, chosen.rounds) };
  const [load = 0] = Deno.loadavg();
  const prepared = await prepare();
  const comparison = await compare(prepared, plan, progress);
  progress("");
  return {
    comparison,
    targets: targets(comparison.findings),
    notes: [
      `Medians of ${comparison.rounds} rounds in turns, events of ${EVENT_SIZE} bytes; ` +
      `${navigator.hardwareConcurrency} cores shared with generator and subscriber, ` +
      `load average ${load.toFixed(1)} before`,
      PLACED[placement],
      "All over TCP. nanomsg leaves TCP's delays on (Nagle's algorithm): at low rates it waits",
      ...prepared.notes,
      ...comparison.notes,
    ],
  };
}

if (import.meta.main) {
  const results = await run(
    parseArgs(Deno.args, { boolean: ["quick"], string: ["rounds", "cores"] }),
  );
  await publish("events", {
    title: "Janus's event handlers compared",
    notes: results.notes,
    sections: sections(results),
    chart: chart(results),
    json: toJson(results),
  });
}
