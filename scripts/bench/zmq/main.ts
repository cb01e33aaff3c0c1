/**
 * `deno task bench:zmq`: round trips and throughput of the thin and the public layer, against C on
 * libzmq and npm's zeromq on Node and on Deno. The peer is always C, over TCP on loopback.
 *
 * The machine's speed drifts while this runs: so the candidates take turns, in many short rounds,
 * and what is shown is the median; ratios are taken within each round. What a busy machine changes
 * least is the processor time, which is that of all threads, libzmq's included.
 *
 * Options: `--rounds=15`, `--only="send, 1 B"` (what its name starts with), `--quick`.
 * Writes `build/bench/zmq.md`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { PROJECT_ROOT } from "../../lib/project.ts";
import { median, medianRatio } from "../../lib/statistics.ts";
import { formatMarkdownTable, formatTable, type Table } from "../../lib/table.ts";
import { stdoutPainter } from "../../lib/terminal.ts";
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

async function run(measurement: Measurement, rounds: number): Promise<Samples> {
  const samples: (Sample[] | null)[] = CANDIDATES.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < CANDIDATES.length; index++) {
      // Each starts a round in turn: who comes after a pause has it easier.
      const turn = (index + round) % CANDIDATES.length;
      const own = samples[turn];
      if (!own) continue;
      const sample = await measure(CANDIDATES[turn]!, measurement);
      if (sample === null && turn === 0) throw new Error("Cannot compare: C got stuck");
      if (sample === null) samples[turn] = null;
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
    columns: [
      { title: "", align: "left" },
      ...CANDIDATES.map(({ name }) => ({ title: name, align: "right" } as const)),
    ],
    rows: [...results].map(([measurement, samples]) => [
      measurement.name,
      ...samples.map((own) => own === null ? "stuck" : cell(measurement, own, samples[0]!)),
    ]),
  };
}

const options = parseArgs(Deno.args, {
  string: ["rounds", "only"],
  boolean: ["quick"],
}) as { rounds?: string; only?: string; quick?: boolean };
const rounds = Number(options.rounds ?? (options.quick ? 3 : 15));
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new RangeError(`Cannot run: --rounds=${options.rounds} is no number of rounds`);
}

const [load = 0] = Deno.loadavg();
const paint = stdoutPainter();
await prepare();
const results = new Map<Measurement, Samples>();
for (const measurement of MEASUREMENTS) {
  if (!measurement.name.startsWith(options.only ?? "")) continue;
  if (Deno.stderr.isTerminal()) console.error(measurement.name);
  results.set(measurement, await run(measurement, rounds));
}
const sections: [title: string, table: Table][] = [
  [
    "Round trip time, messages a second",
    table(results, (one, samples) => figure(one, median(times(samples)))),
  ],
  [
    "Time, as a multiple of C's",
    table(results, (_one, samples, c) => medianRatio(times(samples), times(c)).toFixed(2)),
  ],
  [
    "Processor time for each (us)",
    table(results, (_one, samples) => (median(samples.map(({ cpu }) => cpu)) / 1e3).toPrecision(3)),
  ],
];
const notes = `${rounds} rounds, load average ${load.toFixed(1)} before; ` +
  `stuck: no result in ${LIMIT / 1000} s`;
console.log(paint("gray", notes));
for (const [title, table] of sections) {
  const [heading = "", ...rows] = formatTable(table);
  console.log([`\n${paint("bold", title)}`, paint("gray", heading), ...rows].join("\n"));
}
const markdown = sections.flatMap((
  [title, table],
) => ["", `## ${title}`, "", ...formatMarkdownTable(table)]);
const path = `${PROJECT_ROOT}/build/bench/zmq.md`;
await Deno.writeTextFile(
  path,
  ["# libzmq's bindings compared", "", notes, ...markdown, ""].join("\n"),
);
console.log("\nWritten: build/bench/zmq.md");
