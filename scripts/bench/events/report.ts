/** What was found, as a report: tables, a chart, and JSON. */
import { noiseTable } from "../frame/noise.ts";
import type { Section } from "../frame/report.ts";
import { type Target, targetTable } from "../frame/targets.ts";
import type { Comparison } from "./compare.ts";
import { burstTable, freshTable, latencyTable } from "./arrival_tables.ts";
import { cpuTable, eventThreadTable, memoryTable } from "./cost_tables.ts";
import { BURSTS, loadTitle, RATES } from "./loads.ts";

/** Everything that was found. */
export interface Results {
  readonly comparison: Comparison;
  readonly targets: readonly Target[];
  /** What must be known to read the numbers: rounds, machine, what is left out. */
  readonly notes: readonly string[];
}

/** All tables, in the order in which people read them. */
export function sections({ comparison: { findings, noise }, targets }: Results): Section[] {
  const sent = (burst: (typeof BURSTS)[number]) => findings[0]?.samples.get(burst)?.[0]?.sent;
  return [
    ...RATES.map((rate) => ({
      title: `Latency (us) at ${loadTitle(rate)}: median of the rounds, and the worst`,
      table: latencyTable(findings, rate),
    })),
    {
      title: "Latency (us) of the first events after a start, at 10,000/s: median, and the worst",
      table: freshTable(findings),
    },
    {
      title:
        "The machine by itself: how late it wakes a thread that sleeps 100 us, what else runs, what is stolen",
      table: noiseTable({ "all idle": noise.idle, "beside 10,000/s": noise.beside }),
    },
    ...BURSTS.map((burst) => ({
      title: `B${loadTitle(burst, sent(burst)).slice(1)} events`,
      table: burstTable(findings, burst),
    })),
    {
      title: "Processor time (us) for an event that arrives, of all processes together",
      table: cpuTable(findings),
    },
    {
      title: "Processor time (us an event) in Janus's event thread",
      table: eventThreadTable(findings),
    },
    { title: "Memory (MiB) in the long burst", table: memoryTable(findings) },
    { title: "Targets", table: targetTable(targets) },
  ];
}

/** The results for programs: every sample, and the targets. */
export function toJson({ comparison: { findings, noise }, targets, notes }: Results): string {
  const handlers = findings.map(({ contestant: { key, title }, samples, fresh, memory }) => ({
    ...{ key, title, memory, fresh },
    samples: Object.fromEntries(samples),
  }));
  return JSON.stringify({ notes, handlers, noise, targets }, null, 2);
}
