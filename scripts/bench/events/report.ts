/** The results as tables and as a chart. */
import { medianOf } from "./in_turns.ts";
import type { Chart, Panel } from "../frame/chart.ts";
import { median, medianRatio, quantile } from "../../lib/statistics.ts";
import type { Table } from "../frame/table.ts";
import { columns, count, duration, oneDigit, type Section } from "../frame/report.ts";
import { type Target, targetTable } from "../frame/targets.ts";
import {
  addedToEventThread,
  arrivalsOf,
  type Comparison,
  type Finding,
  lostOf,
  type Rate,
  RATES,
} from "./compare.ts";
import type { MemoryNow } from "./generating_janus.ts";
import type { Arrival } from "./measure.ts";

/** Everything that was found. */
export interface Results {
  readonly comparison: Comparison;
  readonly targets: readonly Target[];
  /** What must be known to read the numbers: rounds, machine, what is left out. */
  readonly notes: readonly string[];
}

/** A handler with its arrivals at one rate. */
interface Arrived {
  readonly finding: Finding;
  readonly arrivals: readonly Arrival[];
}

/** Those that somebody can subscribe to. */
function arrived(findings: readonly Finding[], rate: Rate): Arrived[] {
  return findings.flatMap((finding) => {
    const arrivals = arrivalsOf(finding, rate);
    return arrivals === undefined ? [] : [{ finding, arrivals }];
  });
}

/** All tables, in the order in which people read them. */
export function sections({ comparison: { findings }, targets }: Results): Section[] {
  const sent = findings[0]?.samples.get(0)?.[0]?.sent ?? 0;
  return [
    { title: "Latency (us) at a rate of events", table: latencyTable(findings) },
    { title: `Burst of ${sent.toLocaleString("en-US")} events`, table: burstTable(findings) },
    { title: "Processor time in the burst", table: cpuTable(findings) },
    {
      title: "Processor time in Janus's event thread (us an event)",
      table: eventThreadTable(findings),
    },
    { title: "Memory (MiB) in the burst", table: memoryTable(findings) },
    { title: "Targets", table: targetTable(targets) },
  ];
}

function latencyTable(findings: readonly Finding[]): Table {
  const rates = RATES.filter((rate) => rate > 0);
  const rows = arrived(findings, 50_000).map(({ finding }) => [
    finding.contestant.title,
    ...rates.flatMap((rate) => {
      const arrivals = arrivalsOf(finding, rate)!;
      return [arrivals.map(({ p50 }) => p50), arrivals.map(({ p99 }) => p99)].map((times) =>
        microseconds(median(times))
      );
    }),
    count(median(arrivalsOf(finding, 50_000)!.map(({ rate }) => rate))),
    String(lostOf(finding, rates)),
  ]);
  return {
    columns: columns(
      "handler",
      ...rates.flatMap((rate) => [`${rate / 1_000}k/s p50`, "p99"]),
      "of 50k/s arrive",
      "lost",
    ),
    rows,
  };
}

function burstTable(findings: readonly Finding[]): Table {
  const all = arrived(findings, 0);
  const rates = all.map(({ arrivals }) => arrivals.map(({ rate }) => rate));
  const ratio = (key: string, own: readonly number[]) => {
    const at = all.findIndex(({ finding }) => finding.contestant.key === key);
    return at < 0 ? "" : medianRatio(own, rates[at]!).toFixed(2);
  };
  const rows = all.map(({ finding, arrivals }, i) => {
    const own = rates[i]!;
    return [
      finding.contestant.title,
      count(median(own)),
      [0.25, 0.75].map((share) => count(quantile(own, share))).join(" to "),
      medianOf(finding, 0, ({ made_in }) => made_in).toFixed(2),
      ...[arrivals.map(({ seconds }) => seconds), arrivals.map(({ behind }) => behind)].map((all) =>
        median(all).toFixed(2)
      ),
      String(lostOf(finding, [0])),
      ratio("nanomsg", own),
      ratio("native", own),
    ];
  });
  return {
    columns: columns(
      "handler",
      ...["events/s", "middle half", "made in, s", "arrived in, s", "behind, s", "lost in all"],
      ...["to nanomsg's", "to C's"],
    ),
    rows,
  };
}

function eventThreadTable(findings: readonly Finding[]): Table {
  const rows = findings.map((finding) => {
    const { key, title } = finding.contestant;
    return [
      title,
      ...RATES.map((rate) =>
        oneDigit(medianOf(finding, rate, ({ cpu_event_thread }) => cpu_event_thread))
      ),
      ...([50_000, 0] as const).map((rate) => {
        const added = addedToEventThread(findings, key, rate);
        return added === undefined ? "" : oneDigit(added);
      }),
    ];
  });
  return {
    columns: columns(
      "handler",
      ...RATES.map((rate) => rate === 0 ? "burst" : `${rate / 1_000}k/s`),
      ...["over nothing's, 50k/s", "over nothing's, burst"],
    ),
    rows,
  };
}

function cpuTable(findings: readonly Finding[]): Table {
  const rows = findings.map((finding) => {
    const janus = medianOf(finding, 0, janusTime);
    const plugin = medianOf(finding, 0, pluginTime);
    const arrivals = arrivalsOf(finding, 0);
    return [
      finding.contestant.title,
      ...[janus, plugin].map((each) => (each / 10).toFixed(2)),
      oneDigit(janus + plugin),
      oneDigit(medianOf(finding, 0, ({ call_mean }) => call_mean)),
      arrivals === undefined ? "" : oneDigit(median(arrivals.map(({ cpu }) => cpu))),
    ];
  });
  return {
    columns: columns(
      "handler",
      ...["Janus, s for 100,000", "plugin, s for 100,000", "both, us each"],
      ...["a call of notify_event, us", "subscriber, us each"],
    ),
    rows,
  };
}

const janusTime = ({ cpu_janus }: { readonly cpu_janus: number }) => cpu_janus;
const pluginTime = ({ cpu_plugin }: { readonly cpu_plugin: number }) => cpu_plugin;

function memoryTable(findings: readonly Finding[]): Table {
  const size = (number: number) => number.toFixed(0);
  const row = (title: string, started: MemoryNow, bursts: readonly MemoryNow[]) => {
    const peak = Math.max(...bursts.map(({ peak }) => peak));
    return [
      title,
      ...[started.rss, started.pss].map(size),
      ...[bursts[0]!.peak, peak, peak - started.rss].map(size),
      size(Math.max(...bursts.map(({ pss }) => pss))),
      size(Math.max(...bursts.map(({ shared }) => shared))),
    ];
  };
  const rows = findings.flatMap(({ contestant: { title }, memory: { started, bursts } }) => {
    const plugins = bursts.flatMap(({ plugin }) => plugin === undefined ? [] : [plugin]);
    return [
      row(`Janus, ${title}`, started.janus, bursts.map(({ janus }) => janus)),
      ...(started.plugin === undefined
        ? []
        : [row(`plugin's process, ${title}`, started.plugin, plugins)]),
    ];
  });
  return {
    columns: columns(
      "process",
      ...["started", "its PSS", "peak, first burst", "peak", "grown by", "PSS then", "shared"],
    ),
    rows,
  };
}

/** The growth (MiB) of Janus and the plugin's process from the start to the largest peaks in bursts. */
export function growth({ memory: { started, bursts } }: Finding): number {
  const grown = (before: MemoryNow | undefined, peaks: readonly (MemoryNow | undefined)[]) =>
    before === undefined ? 0 : Math.max(...peaks.map((now) => now!.peak)) - before.rss;
  return grown(started.janus, bursts.map(({ janus }) => janus)) +
    grown(started.plugin, bursts.map(({ plugin }) => plugin));
}

/** Panels with a bar for each handler. */
export function chart({ comparison: { findings }, notes }: Results): Chart {
  const panel = (
    title: string,
    subtitle: string,
    rate: Rate,
    pick: (one: Arrived) => number,
    format: (one: Arrived) => string,
  ): Panel => ({
    title,
    subtitle,
    bars: arrived(findings, rate).map((one) => ({
      label: one.finding.contestant.title,
      value: pick(one),
      text: format(one),
      highlight: one.finding.contestant.key === "zeromq",
    })),
  });
  const p50 = ({ arrivals }: Arrived) => median(arrivals.map(({ p50 }) => p50));
  const p99 = ({ arrivals }: Arrived) => median(arrivals.map(({ p99 }) => p99));
  const latency = (one: Arrived) => `${duration(p50(one))} (p99 ${duration(p99(one))})`;
  const rate = ({ arrivals }: Arrived) => median(arrivals.map(({ rate }) => rate));
  const cpu = ({ finding }: Arrived) =>
    medianOf(finding, 0, janusTime) + medianOf(finding, 0, pluginTime);
  return {
    title: "Janus event handlers on loopback: from Janus to a subscriber",
    subtitle: notes[0] ?? "",
    panels: [
      panel(
        "Events a second in a burst",
        "more is better",
        0,
        rate,
        (one) => `${(rate(one) / 1_000).toFixed(1)} k/s${lossOf(one.finding)}`,
      ),
      panel("Latency at 10,000 events/s", "less is better", 10_000, p50, latency),
      panel("Latency at 50,000 events/s", "less is better", 50_000, p50, latency),
      panel("Latency at 1,000 events/s", "less is better", 1_000, p50, latency),
      panel(
        "Processor time an event in a burst",
        "less is better; Janus with all its processes, without the subscriber",
        0,
        cpu,
        (one) => `${oneDigit(cpu(one))} us`,
      ),
      panel(
        "Growth of memory in a burst",
        "less is better; Janus, whose own queue grows, with all its processes",
        0,
        ({ finding }) => growth(finding),
        ({ finding }) => `${growth(finding).toFixed(0)} MiB`,
      ),
    ],
  };
}

function lossOf(finding: Finding): string {
  const lost = lostOf(finding, [0]);
  const sent = finding.samples.get(0)!.reduce((sum, sample) => sum + sample.sent, 0);
  return lost === 0 ? "" : `, ${(lost / sent * 100).toFixed(1)} % lost`;
}

function microseconds(time: number): string {
  return Math.round(time).toLocaleString("en-US");
}

/** The results for programs: every sample, and the targets. */
export function toJson({ comparison, targets, notes }: Results): string {
  const handlers = comparison.findings.map(({ contestant: { key, title }, samples, memory }) => ({
    ...{ key, title, memory },
    samples: Object.fromEntries([...samples].map(([rate, all]) => [rate || "burst", all])),
  }));
  return JSON.stringify({ notes, handlers, targets }, null, 2);
}
