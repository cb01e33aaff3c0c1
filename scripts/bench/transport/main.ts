/**
 * `deno task bench:transport`: our transport against Janus's own (nanomsg, WebSockets, Unix
 * sockets, HTTP) and against a ROUTER plugin in C, all in one Janus process, on loopback; then a
 * thousand peers against one.
 *
 * The machine's speed drifts while this runs: so the transports take turns, in many short rounds,
 * and what is shown is the median; ratios are taken within each round.
 *
 * Options: `--quick` for a look whether everything works, `--rounds=N`, `--no-scale`.
 * Writes `build/bench/transport.json`, `.md` and `.svg`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { parseRounds, progress, publish } from "../lib/report.ts";
import { compare, type Comparison } from "./compare.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { chart, type Results, sections, toJson } from "./report.ts";
import { measureScale, type ScaleOptions } from "./scale.ts";
import { targets } from "./targets.ts";

/** How long everything takes: under 4 minutes. */
const FULL = {
  rounds: 15,
  timing: { warmup: 100, measure: 300 },
  scale: { rounds: 8, timing: { warmup: 100, measure: 400 }, idle: 10_000 },
};
/** Under 30 seconds. */
const QUICK = {
  rounds: 2,
  timing: { warmup: 50, measure: 100 },
  scale: { rounds: 2, timing: { warmup: 50, measure: 100 }, idle: 2_000 },
};

interface Options {
  readonly quick?: boolean;
  readonly rounds?: string;
  readonly scale: boolean;
}

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

async function run(options: Options): Promise<Results> {
  const plan = options.quick === true ? QUICK : FULL;
  const rounds = parseRounds(options.rounds, plan.rounds);
  const [load = 0] = Deno.loadavg();
  const prepared = await prepare();
  const comparison = await compare(prepared, rounds, plan.timing, progress);
  const scaleOptions: ScaleOptions = plan.scale;
  const scale = options.scale ? await measureScale(prepared, scaleOptions, progress) : undefined;
  progress("");
  const { measure } = plan.timing;
  return {
    contestants: prepared.contestants,
    comparison,
    scale,
    targets: targets(comparison.samples, scale),
    notes: [
      `Medians of ${rounds} rounds of ${measure} ms each, in turns; ` +
      `${navigator.hardwareConcurrency} cores shared with the client, ` +
      `load average ${load.toFixed(1)} before`,
      ...prepared.notes,
      ...stallNotes(prepared, comparison),
    ],
  };
}

if (import.meta.main) {
  const results = await run(parseArgs(Deno.args, {
    boolean: ["quick", "scale"],
    string: ["rounds"],
    negatable: ["scale"],
    default: { scale: true },
  }) as unknown as Options);
  await publish("transport", {
    title: "Janus's transports compared",
    notes: results.notes,
    sections: sections(results),
    chart: chart(results),
    json: toJson(results),
  });
}
