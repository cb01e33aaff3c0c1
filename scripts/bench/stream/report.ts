/** The results as tables and as a chart. */
import { medianOf } from "../events/in_turns.ts";
import type { Chart, Panel } from "../frame/chart.ts";
import { median } from "../../lib/statistics.ts";
import type { Table } from "../frame/table.ts";
import { columns, count, duration, oneDigit, type Section } from "../frame/report.ts";
import { type Target, targetTable } from "../frame/targets.ts";
import {
  arrivalsOf,
  arrived,
  type Comparison,
  type Finding,
  type Rate,
  RATES,
  type Side,
  sumOf,
} from "./compare.ts";
import { total } from "./measure.ts";
import { hasRing, ownMemory } from "./memory.ts";
import { PROCESSES, type ProcessKey } from "./stream_janus.ts";
import { summaryTable } from "./summary.ts";
import { pluginTime } from "./targets.ts";

/** Everything that was found. */
export interface Results {
  readonly comparison: Comparison;
  readonly targets: readonly Target[];
  /** What must be known to read the numbers: rounds, machine, what is left out. */
  readonly notes: readonly string[];
}

/** What each process is called. */
const NAMES: Readonly<Record<ProcessKey, string>> = {
  janus: "Janus",
  plugin: "plugin's process",
  companion: "stream's process",
  writer: "writer in C",
  engine: "server",
};

const STEADY = RATES.filter((rate) => rate > 0);

/** All tables, in the order in which people read them. */
export function sections({ comparison: { findings }, targets }: Results): Section[] {
  const sent = findings[0]?.samples.get(0)?.[0]?.sent ?? 0;
  const stored = findings.filter((one) => arrivalsOf(one, "stream", 0) !== undefined);
  const kept = findings.filter(({ contestant: { engine } }) => engine !== undefined);
  const beside = findings.filter((one) => arrivalsOf(one, "pub", 0) !== undefined);
  return [
    { title: "In short", table: summaryTable(findings) },
    { title: "From Janus to the stream's consumer (us)", table: latencyTable(stored, "stream") },
    { title: `Burst of ${sent.toLocaleString("en-US")} events`, table: burstTable(kept) },
    { title: "PUB beside it (us)", table: latencyTable(beside, "pub") },
    ...([20_000, 0] as const).map((rate) => ({
      title: `Processor time (us an event), ${rate === 0 ? "burst" : "20,000/s"}`,
      table: cpuTable(findings, rate),
    })),
    { title: "Memory (MiB) in the burst, without the ring", table: memoryTable(findings) },
    { title: "Targets", table: targetTable(targets) },
  ];
}

function latencyTable(findings: readonly Finding[], side: Side): Table {
  const rows = findings.map((finding) => [
    finding.contestant.title,
    ...STEADY.flatMap((rate) => [
      ...[arrived(finding, side, rate, ({ p50 }) => p50)!],
      ...[arrived(finding, side, rate, ({ p99 }) => p99)!],
    ]).map((time) => Math.round(time).toLocaleString("en-US")),
    count(arrived(finding, side, 20_000, ({ rate }) => rate)!),
    ...wrong(finding, side, STEADY),
  ]);
  return {
    columns: columns(
      "events go through",
      ...STEADY.flatMap((rate) => [`${rate / 1_000}k/s p50`, "p99"]),
      ...["of 20k/s arrive", "lost", "doubled", "disordered"],
    ),
    rows,
  };
}

function wrong(finding: Finding, side: Side, rates: readonly Rate[]): string[] {
  const kinds = ["lost", "doubled", "disordered"] as const;
  return kinds.map((what) => String(sumOf(finding, side, what, rates)));
}

function burstTable(findings: readonly Finding[]): Table {
  const rows = findings.map((finding) => {
    const arrivals = arrivalsOf(finding, "stream", 0);
    const seconds = arrived(finding, "stream", 0, ({ seconds }) => seconds);
    return [
      finding.contestant.title,
      ...rates(arrivals?.map(({ rate }) => rate)),
      ...storedOf(finding),
      medianOf(finding, 0, ({ made_in }) => made_in).toFixed(2),
      seconds?.toFixed(2) ?? "",
      ...(arrivals === undefined ? ["", "", ""] : wrong(finding, "stream", [0])),
    ];
  });
  return {
    columns: columns(
      "events go through",
      ...["consumed/s", "worst", "stored/s", "worst", "not stored", "made in, s", "consumed in, s"],
      ...["lost", "doubled", "disordered"],
    ),
    rows,
  };
}

/** The median and the worst round. */
function rates(rounds: readonly number[] | undefined): [string, string] {
  return rounds === undefined ? ["", ""] : [count(median(rounds)), count(Math.min(...rounds))];
}

/** What the engine says itself: messages a second, and how many of all bursts it does not have. */
function storedOf(finding: Finding): string[] {
  const samples = finding.samples.get(0)!;
  const stored = samples.flatMap((sample) => sample.stored ?? []);
  if (stored.length < samples.length) return ["", "", ""];
  const sent = samples.reduce((sum, sample) => sum + sample.sent, 0);
  const messages = stored.reduce((sum, one) => sum + one.messages, 0);
  return [...rates(stored.map(({ rate }) => rate)), String(sent - messages)];
}

function cpuTable(findings: readonly Finding[], rate: Rate): Table {
  const number = (value: number | undefined) => value === undefined ? "" : oneDigit(value);
  const rows = findings.map((finding) => {
    const samples = finding.samples.get(rate)!;
    const has = (key: ProcessKey) => samples[0]?.cpu[key] !== undefined;
    return [
      finding.contestant.title,
      ...PROCESSES.map((key) =>
        has(key) ? oneDigit(median(samples.map(({ cpu }) => cpu[key]!))) : ""
      ),
      has("plugin") ? oneDigit(medianOf(finding, rate, pluginTime)) : "",
      oneDigit(medianOf(finding, rate, ({ cpu }) => total(cpu))),
      number(arrived(finding, "stream", rate, ({ cpu }) => cpu)),
      number(arrived(finding, "pub", rate, ({ cpu }) => cpu)),
    ];
  });
  return {
    columns: columns(
      "events go through",
      ...PROCESSES.map((key) => NAMES[key]),
      ...["plugin's two", "all of these", "consumer", "PUB's subscriber"],
    ),
    rows,
  };
}

function memoryTable(findings: readonly Finding[]): Table {
  const size = (number: number) => number.toFixed(0);
  const rows = findings.flatMap(({ contestant: { title }, memory: { started, bursts } }) =>
    PROCESSES.flatMap((key) => {
      const first = started[key];
      if (first === undefined) return [];
      const peaks = bursts.map((burst) => burst[key]!);
      const peak = Math.max(...peaks.map(({ own }) => own));
      return [[
        `${NAMES[key]}, ${title}`,
        ...[ownMemory(key, first), first.pss, peak, peak - ownMemory(key, first)].map(size),
        size(Math.max(...peaks.map(({ anonymous }) => anonymous))),
        size(Math.max(...peaks.map(({ pss }) => pss))),
        hasRing(key) ? size(Math.max(...peaks.map(({ shared }) => shared))) : "",
      ]];
    })
  );
  return {
    columns: columns(
      "process",
      ...["started", "its PSS", "peak", "grown by", "in no file", "PSS then", "of the ring"],
    ),
    rows,
  };
}

/** Panels with a bar for each contestant. */
export function chart({ comparison: { findings }, notes }: Results): Chart {
  const panel = (
    title: string,
    subtitle: string,
    pick: (one: Finding) => number | undefined,
    format: (value: number, one: Finding) => string,
  ): Panel => ({
    title,
    subtitle,
    bars: findings.flatMap((one) => {
      const value = pick(one);
      if (value === undefined) return [];
      const { title: label, key } = one.contestant;
      return [{ label, value, text: format(value, one), highlight: key === "stream" }];
    }),
  });
  const p50 = (rate: Rate, side: Side) => (one: Finding) =>
    arrived(one, side, rate, ({ p50 }) => p50);
  const latency = (rate: Rate, side: Side) => (value: number, one: Finding) =>
    `${duration(value)} (p99 ${duration(arrived(one, side, rate, ({ p99 }) => p99)!)})`;
  const less = "less is better";
  return {
    title: "Janus's events into a stream, on loopback, and out of it",
    subtitle: notes[0] ?? "",
    panels: [
      panel(
        "Events a second in a burst",
        "more is better",
        (one) => arrived(one, "stream", 0, ({ rate }) => rate),
        (value) => `${(value / 1_000).toFixed(1)} k/s`,
      ),
      panel("Latency at 1,000 events/s", less, p50(1_000, "stream"), latency(1_000, "stream")),
      panel("Latency at 10,000 events/s", less, p50(10_000, "stream"), latency(10_000, "stream")),
      panel("Latency at 20,000 events/s", less, p50(20_000, "stream"), latency(20_000, "stream")),
      panel(
        "Processor time an event at 20,000/s",
        `${less}; all processes but generator and consumers`,
        (one) => medianOf(one, 20_000, ({ cpu }) => total(cpu)),
        (value) => `${oneDigit(value)} us`,
      ),
      panel("PUB's latency at 10,000 events/s", less, p50(10_000, "pub"), latency(10_000, "pub")),
    ],
  };
}

/** The results for programs: every sample, and the targets. */
export function toJson({ comparison: { findings, rounds }, targets, notes }: Results): string {
  const contestants = Object.fromEntries(findings.map(({ contestant, samples, memory }) => [
    contestant.key,
    {
      samples: Object.fromEntries([...samples].map(([rate, all]) => [rate || "burst", all])),
      memory,
    },
  ]));
  return JSON.stringify({ notes, rounds, contestants, targets }, null, 2);
}
