/**
 * `deno task bench:zmq`: round trips and throughput of the thin and the public layer, against C on
 * libzmq and npm's zeromq on Node and on Deno. The peer is always C, over TCP on loopback.
 *
 * The machine's speed drifts while this runs: so the candidates take turns, in many short rounds,
 * and what is shown is the median; ratios are taken within each round. What a busy machine changes
 * least is the processor time, which is that of all threads, libzmq's included.
 */
import { UsageError } from "../../lib/command_line.ts";
import { median, medianRatio } from "../../lib/statistics.ts";
import type { Table } from "../frame/table.ts";
import { type Run, runBenchmark } from "../frame/benchmark.ts";
import { columns, type Section } from "../frame/report.ts";
import { inTurn } from "../frame/turns.ts";
import {
  CANDIDATES,
  LIMIT,
  measure,
  type Measurement,
  MEASUREMENTS,
  prepare,
  type Sample,
} from "./measure.ts";

/** What each candidate took, one sample a round; null for one that got stuck. */
type Samples = readonly (readonly Sample[] | null)[];

async function compare(
  measurement: Measurement,
  rounds: number,
  { signal }: Run,
): Promise<Samples> {
  const samples: (Sample[] | null)[] = CANDIDATES.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const candidate of inTurn(CANDIDATES, round)) {
      const at = CANDIDATES.indexOf(candidate);
      const own = samples[at];
      if (!own) continue;
      signal.throwIfAborted();
      const sample = await measure(candidate, measurement, signal);
      if (sample === null && at === 0) throw new Error("Cannot compare: C got stuck");
      if (sample === null) samples[at] = null;
      else own.push(sample);
    }
  }
  return samples;
}

function figure({ role }: Measurement, nanoseconds: number): string {
  if (role === "roundtrip") return `${(nanoseconds / 1e3).toFixed(1)} us`;
  return `${Math.round(1e9 / nanoseconds / 1e3)} k/s`;
}

const times = (samples: readonly Sample[]) => samples.map(({ time }) => time);

function table(
  results: ReadonlyMap<Measurement, Samples>,
  cell: (one: Measurement, samples: readonly Sample[], reference: readonly Sample[]) => string,
): Table {
  return {
    columns: columns("", ...CANDIDATES.map(({ name }) => name)),
    rows: [...results].map(([measurement, samples]) => [
      measurement.name,
      ...samples.map((own) => own === null ? "stuck" : cell(measurement, own, samples[0]!)),
    ]),
  };
}

function sections(results: ReadonlyMap<Measurement, Samples>): Section[] {
  return [
    {
      title: "Round trip time, messages a second",
      table: table(results, (one, samples) => figure(one, median(times(samples)))),
    },
    {
      title: "Time, as a multiple of C's",
      table: table(results, (_one, samples, c) => medianRatio(times(samples), times(c)).toFixed(2)),
    },
    {
      title: "Processor time for each (us)",
      table: table(
        results,
        (_one, samples) => (median(samples.map(({ cpu }) => cpu)) / 1e3).toPrecision(3),
      ),
    },
  ];
}

function toJson(results: ReadonlyMap<Measurement, Samples>): string {
  const all = [...results].map(([{ name }, samples]) => ({
    name,
    samples: Object.fromEntries(CANDIDATES.map((candidate, i) => [candidate.name, samples[i]])),
  }));
  return JSON.stringify(all, null, 2);
}

if (import.meta.main) {
  const code = await runBenchmark({
    name: "zmq",
    about:
      `  Compares the thin and the public layer of the ZeroMQ binding with C on libzmq and with npm's
  zeromq on Node and on Deno: round trips and throughput, over TCP on loopback.`,
    options: { only: "text" },
    optionsUsage: '  --only NAME    Measures only what is called so, or begins so: "send, 1 B".',
    builds: [],
    rounds: { full: 15, quick: 3 },
    plan: ({ options: { only = "" }, rounds }) => {
      const measurements = MEASUREMENTS.filter(({ name }) => name.startsWith(only));
      if (measurements.length > 0) return { measurements, rounds };
      const names = MEASUREMENTS.map(({ name }) => `  ${name}`).join("\n");
      throw new UsageError(`--only "${only}" names nothing of:\n${names}`);
    },
    async measure({ measurements, rounds }, run) {
      await prepare();
      const results = new Map<Measurement, Samples>();
      for (const measurement of measurements) {
        run.progress(measurement.name);
        results.set(measurement, await compare(measurement, rounds, run));
      }
      return {
        title: "libzmq's bindings compared",
        notes: [
          `${rounds} rounds, load average ${run.load.toFixed(1)} before; ` +
          `stuck: no result in ${LIMIT / 1000} s`,
        ],
        sections: sections(results),
        json: toJson(results),
      };
    },
  });
  Deno.exit(code);
}
