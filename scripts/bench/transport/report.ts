/** The results as tables and for programs. */
import { type Noise, noiseTable } from "../frame/noise.ts";
import type { Section } from "../frame/report.ts";
import { type Target, targetTable } from "../frame/targets.ts";
import type { Comparison } from "./compare.ts";
import type { Contestant } from "./contestants.ts";
import { type Samples, type Window, WINDOWS } from "./samples.ts";
import type { Scale } from "./scale.ts";
import { idleTable, memoryTable, scaleTable } from "./scale_tables.ts";
import { type Started, STARTED_WINDOWS } from "./started.ts";
import { costTable, latencyTable } from "./tables.ts";

/** What was found, each part only if it was measured. */
export interface Findings {
  readonly comparison: Comparison | undefined;
  readonly started: Started | undefined;
  readonly brokered: Comparison | undefined;
  readonly scale: Scale | undefined;
}

/** Everything that is shown. */
export interface Results extends Findings {
  readonly contestants: readonly Contestant[];
  readonly targets: readonly Target[];
  /** What must be known to read the numbers: rounds, machine, what is left out. */
  readonly notes: readonly string[];
}

/** All tables, in the order in which people read them. */
export function sections(results: Results): Section[] {
  const { contestants, comparison, started, brokered, scale } = results;
  const pair = (when: string, samples: Samples, window: Window): Section[] => [
    {
      title: `${when}, ${underWay(window)}: latency`,
      table: latencyTable(contestants, samples, window),
    },
    {
      title: `${when}, ${underWay(window)}: rate, and processor time a request`,
      table: costTable(contestants, samples, window),
    },
  ];
  return [
    ...(comparison === undefined
      ? []
      : WINDOWS.flatMap((window) => pair("Warm", comparison.samples, window))),
    ...(started === undefined ? [] : STARTED_WINDOWS.map((window) => ({
      title: `First second of a Janus that has just started, ${underWay(window)}`,
      table: latencyTable(contestants, started.samples, window),
    }))),
    ...(brokered === undefined
      ? []
      : WINDOWS.flatMap((window) => pair("With a broker", brokered.samples, window))),
    { title: "Memory (MiB)", table: memoryTable(comparison, scale) },
    ...(scale === undefined ? [] : [
      {
        title: "1,000 peers with 10,000 sessions against one (keepalive)",
        table: scaleTable(contestants, scale),
      },
      { title: "The plugin's process while nobody asks for anything", table: idleTable(scale) },
    ]),
    {
      title:
        "The machine by itself: how late it wakes a thread that sleeps 100 us, what else runs, what is stolen",
      table: noiseTable(looks(results)),
    },
    { title: "Targets", table: targetTable(results.targets) },
  ];
}

function looks(
  { comparison, started, brokered, scale }: Findings,
): Record<string, readonly Noise[]> {
  return {
    warm: comparison?.noise ?? [],
    "just started": started?.noise ?? [],
    brokers: brokered?.noise ?? [],
    "1,000 peers": scale?.noise ?? [],
  };
}

function underWay(window: Window): string {
  return `${window} request${window === 1 ? "" : "s"} under way`;
}

/** The results for programs: every sample, every look at the machine, and the targets. */
export function toJson({ comparison, started, brokered, scale, targets, notes }: Results): string {
  const plain = (samples: Samples | undefined) =>
    samples &&
    Object.fromEntries([...samples].map(([key, windows]) => [key, Object.fromEntries(windows)]));
  const parts = {
    ...{ notes, targets, scale, memory: comparison?.memory },
    samples: plain(comparison?.samples),
    started: plain(started?.samples),
    brokered: plain(brokered?.samples),
    noise: looks({ comparison, started, brokered, scale }),
  };
  return JSON.stringify(parts, null, 2);
}
