/**
 * `deno task bench:monitor`: what the monitor takes of a machine for 20,000 events a second of 2,000
 * handles, without browsers, with one, and with ten; and whether its memory stays what it is.
 */
import { readNumber } from "../../lib/command_line.ts";
import { median } from "../../lib/statistics.ts";
import { sleep } from "../../lib/waiting.ts";
import { type Run, runBenchmark } from "../frame/benchmark.ts";
import { columns, count, type Report } from "../frame/report.ts";
import { inTurn } from "../frame/turns.ts";
import { HANDLES } from "./load.ts";
import { LoadedMonitor, type Sample } from "./measure.ts";

const RATE = 20_000;
const BROWSERS = [0, 1, 10] as const;
/** What the monitor may take: half a core. */
const MOST_CORES = 0.5;

interface Plan {
  readonly rate: number;
  readonly rounds: number;
  /** Of each measurement, and before the first. */
  readonly seconds: number;
  readonly warmup: number;
}

async function measure(plan: Plan, run: Run): Promise<Report> {
  await using monitor = await LoadedMonitor.start(plan.rate);
  await sleep(plan.warmup * 1000, run.signal);
  const samples = new Map<number, Sample[]>(BROWSERS.map((browsers) => [browsers, []]));
  const memory: number[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const browsers of inTurn(BROWSERS, round)) {
      run.signal.throwIfAborted();
      run.progress(`round ${round + 1} of ${plan.rounds}: ${browsers} browsers`);
      const sample = await monitor.measure(plan.seconds, browsers, run.signal);
      samples.get(browsers)!.push(sample);
      memory.push(sample.memory);
    }
  }
  const { missing, handles } = await monitor.server();
  return report(plan, run, samples, memory, { missing: missing ?? 0, handles });
}

function report(
  plan: Plan,
  { load }: Run,
  samples: ReadonlyMap<number, readonly Sample[]>,
  memory: readonly number[],
  seen: { readonly missing: number; readonly handles: number },
): Report {
  const of = (browsers: number, what: keyof Sample) =>
    median(samples.get(browsers)!.map((sample) => sample[what]));
  const rows = BROWSERS.map((browsers) => [
    String(browsers),
    count(of(browsers, "rate")),
    `${(of(browsers, "cores") * 100).toFixed(0)} %`,
    `${of(browsers, "memory").toFixed(0)} MiB`,
    browsers === 0 ? "-" : `${(of(browsers, "bytes") / 1024).toFixed(0)} KiB/s`,
    browsers === 0 ? "-" : of(browsers, "frames").toFixed(2),
  ]);
  const half = Math.ceil(memory.length / 2);
  const [before, after] = [memory.slice(0, half), memory.slice(-half)].map((part) => median(part));
  const notes = [
    `Medians of ${plan.rounds} rounds in turns of ${plan.seconds} s; ${HANDLES} handles, of which some` +
    " end and others begin all the time" + `; load average ${load.toFixed(1)} before`,
    `Memory: ${before!.toFixed(0)} MiB in the first half, ${after!.toFixed(0)} MiB in the second`,
    `${seen.handles} handles at the end; ${seen.missing} events did not reach the monitor`,
    `Half a core for ${plan.rate.toLocaleString("en-US")} events/s: ` +
    (of(1, "cores") < MOST_CORES ? "yes" : "NO"),
  ];
  return {
    title: "The monitor under load",
    notes,
    sections: [{
      title: `${plan.rate.toLocaleString("en-US")} events/s`,
      table: {
        columns: columns(
          "browsers",
          ...["events/s", "of a core", "memory", "each browser", "frames/s"],
        ),
        rows,
      },
    }],
    json: JSON.stringify({ plan, samples: [...samples], memory, ...seen }, null, 2),
  };
}

if (import.meta.main) {
  Deno.exit(
    await runBenchmark({
      name: "monitor",
      about: `  Measures what the monitor takes for ${
        RATE.toLocaleString("en-US")
      } events a second of ${HANDLES} handles: processor and
  memory, without browsers that follow, with one, and with ten.`,
      options: { rate: "text" },
      optionsUsage: `  --rate N       Events a second; default ${RATE}.`,
      builds: [],
      rounds: { full: 3, quick: 1 },
      plan: ({ options, quick, rounds }): Plan => ({
        rate: readNumber(
          "--rate",
          options.rate ?? String(RATE),
          "a whole number above 0",
          (rate) => Number.isInteger(rate) && rate > 0,
        ),
        rounds,
        seconds: quick ? 2 : 10,
        warmup: quick ? 2 : 20,
      }),
      measure,
    }),
  );
}
