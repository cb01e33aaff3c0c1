/** Tables of what handlers cost: processor time, and memory. */
import { median } from "../../lib/statistics.ts";
import { columns, oneDigit } from "../frame/report.ts";
import type { Table } from "../frame/table.ts";
import { addedToEventThread, arrivalsOf, type Finding } from "./finding.ts";
import type { MemoryNow } from "./generating_janus.ts";
import { medianOf } from "./in_turns.ts";
import { type LoadKey, LOADS, loadTitle } from "./loads.ts";
import type { Sample } from "./measure.ts";

/** Processor time by process, at a rate that all are given to which somebody can subscribe, but for filters. */
const APART = 10_000;

/** A number under a load; nothing where a handler isn't given that. */
function cell(finding: Finding, load: LoadKey, pick: (sample: Sample) => number): string {
  return finding.samples.get(load)!.length === 0 ? "" : oneDigit(medianOf(finding, load, pick));
}

/** Processor time of all processes, together and apart. */
export function cpuTable(findings: readonly Finding[]): Table {
  const rows = findings.map((finding) => {
    const apart = (pick: (sample: Sample) => number) => cell(finding, APART, pick);
    const arrivals = arrivalsOf(finding, APART);
    return [
      finding.contestant.title,
      ...LOADS.map((load) => cell(finding, load, ({ cpu_all }) => cpu_all)),
      apart(({ cpu_janus }) => cpu_janus),
      apart(({ cpu_plugin }) => cpu_plugin),
      apart(({ cpu_broker }) => cpu_broker),
      arrivals === undefined ? "" : oneDigit(median(arrivals.map(({ cpu }) => cpu))),
      cell(finding, "long burst", ({ call_mean }) => call_mean),
    ];
  });
  return {
    columns: columns(
      "handler",
      ...LOADS.map((load) => loadTitle(load)),
      ...["at 10,000/s: Janus", "plugin", "broker", "subscriber"],
      "a call of notify_event, long burst",
    ),
    rows,
  };
}

/** Processor time of the thread that no handler should keep busy. */
export function eventThreadTable(findings: readonly Finding[]): Table {
  const rows = findings.map((finding) => {
    const { key, title } = finding.contestant;
    return [
      title,
      ...LOADS.map((load) => cell(finding, load, ({ cpu_event_thread }) => cpu_event_thread)),
      ...([50_000, "long burst"] as const).map((load) => {
        const added = addedToEventThread(findings, key, load);
        return added === undefined ? "" : oneDigit(added);
      }),
    ];
  });
  return {
    columns: columns(
      "handler",
      ...LOADS.map((load) => loadTitle(load)),
      ...["over nothing's, 50,000/s", "over nothing's, long burst"],
    ),
    rows,
  };
}

/** Memory of Janus and of the plugin's process. */
export function memoryTable(findings: readonly Finding[]): Table {
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
  const measured = findings.filter(({ memory: { bursts } }) => bursts.length > 0);
  const rows = measured.flatMap(({ contestant: { title }, memory: { started, bursts } }) => {
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
