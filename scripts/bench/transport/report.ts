/** The results as tables and as a chart. */
import type { Chart, Panel } from "../frame/chart.ts";
import { medianRatio, quantile } from "../../lib/statistics.ts";
import type { Table } from "../frame/table.ts";
import type { Memory } from "../frame/processes.ts";
import { columns, count, oneDigit, type Section } from "../frame/report.ts";
import { type Target, targetTable } from "../frame/targets.ts";
import {
  type Comparison,
  medianSample,
  type Samples,
  serverTime,
  type Window,
  WINDOWS,
} from "./compare.ts";
import type { Contestant, Key } from "./contestants.ts";
import type { Sample } from "./load.ts";
import { type Crowd, type Idle, type Scale, scaleRatios } from "./scale.ts";

/** Everything that was found. */
export interface Results {
  readonly contestants: readonly Contestant[];
  readonly comparison: Comparison;
  /** Undefined if it wasn't measured. */
  readonly scale: Scale | undefined;
  readonly targets: readonly Target[];
  /** What must be known to read the numbers: rounds, machine, what is left out. */
  readonly notes: readonly string[];
}

/** All tables, in the order in which people read them. */
export function sections(results: Results): Section[] {
  const { contestants, comparison, scale } = results;
  return [
    ...WINDOWS.map((window) => ({
      title: `Window ${window}: ${window} request${window === 1 ? "" : "s"} under way`,
      table: windowTable(contestants, comparison.samples, window),
    })),
    { title: "Memory (MiB)", table: memoryTable(comparison, scale) },
    ...(scale === undefined ? [] : [
      {
        title: "1,000 peers with 10,000 sessions against one (keepalive)",
        table: scaleTable(contestants, scale),
      },
      { title: "The plugin's process while nobody asks for anything", table: idleTable(scale) },
    ]),
    { title: "Targets", table: targetTable(results.targets) },
  ];
}

function windowTable(
  contestants: readonly Contestant[],
  samples: Samples,
  window: Window,
): Table {
  const reference = samples.get("nanomsg")?.get(window);
  const ratio = (one: readonly Sample[], pick: (sample: Sample) => number) =>
    reference === undefined ? "" : medianRatio(one.map(pick), reference.map(pick)).toFixed(2);
  const rows = contestants.map(({ key, title }) => {
    const all = samples.get(key)!.get(window)!;
    const { rate, p50, p99, cpu_janus, cpu_plugin, cpu_client } = medianSample(all);
    const rates = all.map((sample) => sample.rate);
    const range = [0.25, 0.75].map((share) => count(quantile(rates, share)));
    return [
      title,
      ...[p50, p99].map((time) => time.toFixed(0)),
      count(rate),
      range.join(" to "),
      ...[cpu_janus, cpu_plugin, cpu_janus + cpu_plugin, cpu_client].map(oneDigit),
      ratio(all, (sample) => sample.p50),
      ratio(all, (sample) => sample.rate),
    ];
  });
  return {
    columns: columns(
      "transport",
      ...["p50 us", "p99 us", "requests/s", "middle half"],
      ...["Janus us", "+ plugin us", "= CPU us", "client us"],
      ...["p50/nanomsg", "rate/nanomsg"],
    ),
    rows,
  };
}

function memoryTable({ memory }: Comparison, scale: Scale | undefined): Table {
  const row = (title: string, { rss, anonymous, file, shared }: Memory) => [
    title,
    ...[rss, anonymous, file, shared].map((size) => size.toFixed(0)),
  ];
  return {
    columns: columns("process", "resident", "its own", "files", "shared"),
    rows: [
      row("Janus, started", memory.before.janus),
      row("Janus, after the comparison", memory.after.janus),
      row("plugin's process, started", memory.before.plugin),
      row("plugin's process, after the comparison", memory.after.plugin),
      ...(scale === undefined ? [] : [
        row("plugin's process, one peer, after load", scale.memory_of_one.plugin),
        row("plugin's process, 1,000 peers connected", scale.memory.connected),
        row("plugin's process, 1,000 peers, after load", scale.memory.after),
      ]),
    ],
  };
}

const CROWDS: readonly (readonly [Crowd, string])[] = [
  ["one", "the only one"],
  ["one of many", "one of 1,000"],
  ["many", "1,000 in turn"],
];

function scaleTable(contestants: readonly Contestant[], { samples }: Scale): Table {
  const title = (key: Key) => contestants.find((one) => one.key === key)?.title ?? key;
  const rows = samples.flatMap((group) =>
    CROWDS.map(([crowd, who]) => {
      const sample = medianSample(group[crowd]);
      const ratios = scaleRatios(group, crowd);
      return [
        title(group.key),
        String(group.window),
        who,
        ...[sample.p50, sample.p99].map((time) => time.toFixed(0)),
        count(sample.rate),
        ...[sample.cpu_janus, sample.cpu_plugin, serverTime(sample)].map(oneDigit),
        ratios.cpu.toFixed(2),
        ratios.p50.toFixed(2),
      ];
    })
  );
  return {
    columns: columns(
      "transport",
      ...["window", "who asks", "p50 us", "p99 us", "requests/s"],
      ...["Janus us", "+ plugin us", "= CPU us", "CPU to one's", "p50 to one's"],
    ),
    rows,
  };
}

function idleTable({ idle }: Scale): Table {
  const row = (peers: string, { seconds, total, threads }: Idle) => [
    peers,
    seconds.toFixed(1),
    total.toFixed(1),
    `${(total / 10 / seconds).toFixed(2)} %`,
    Object.entries(threads).map(([name, time]) => `${name} ${time.toFixed(1)}`).join(", "),
  ];
  return {
    columns: columns("peers", "seconds", "CPU ms", "of a core", "ms by thread"),
    rows: [row("1", idle.one), row("1,000", idle.many)],
  };
}

/** Four panels with a bar for each transport. */
export function chart({ contestants, comparison, notes }: Results): Chart {
  const panel = (
    title: string,
    subtitle: string,
    window: Window,
    pick: (sample: Sample) => number,
    format: (sample: Sample) => string,
  ): Panel => ({
    title,
    subtitle,
    bars: contestants.map(({ key, title: label }) => {
      const sample = medianSample(comparison.samples.get(key)!.get(window)!);
      return {
        label,
        value: pick(sample),
        text: format(sample),
        highlight: key === "zeromq",
      };
    }),
  });
  const rate = (sample: Sample) => sample.rate;
  const latency = ({ p50, p99 }: Sample) => `${p50.toFixed(0)} us (p99 ${p99.toFixed(0)})`;
  const thousands = (sample: Sample) => `${(sample.rate / 1_000).toFixed(1)} k/s`;
  return {
    title: "Janus transports on loopback: a ping and its answer",
    subtitle: notes[0] ?? "",
    panels: [
      panel("Latency, 1 request under way", "less is better", 1, ({ p50 }) => p50, latency),
      panel("Throughput, 128 requests under way", "more is better", 128, rate, thousands),
      panel("Throughput, 16 requests under way", "more is better", 16, rate, thousands),
      panel(
        "Processor time a request, 128 under way",
        "less is better; Janus with all its processes, without the client",
        128,
        serverTime,
        (sample) => `${serverTime(sample).toFixed(1)} us`,
      ),
    ],
  };
}

/** The results for programs: every sample, and the targets. */
export function toJson({ comparison, scale, targets, notes }: Results): string {
  const samples = Object.fromEntries(
    [...comparison.samples].map(([key, windows]) => [key, Object.fromEntries(windows)]),
  );
  return JSON.stringify({ notes, samples, memory: comparison.memory, scale, targets }, null, 2);
}
