/** Latency, rate and processor time as tables. */
import { quantile } from "../../lib/statistics.ts";
import { columns, count, oneDigit } from "../frame/report.ts";
import type { Table } from "../frame/table.ts";
import type { Contestant, Key } from "./contestants.ts";
import type { Sample } from "./load.ts";
import {
  medianSample,
  type Pick,
  ratioOf,
  type Samples,
  serverTime,
  wholeTime,
  type Window,
  worst,
} from "./samples.ts";

/** What stands at the end of each row: to whom, and of what. */
type Ratios = readonly (readonly [title: string, other: Key, pick: Pick])[];

const p50: Pick = (sample) => sample.p50;
const LATENCY: Ratios = [
  ["p50/nanomsg", "nanomsg", p50],
  ["p50/C", "native", p50],
  ["p99/C", "native", (sample) => sample.p99],
];
const LATENCY_TO_OURS: Ratios = [["p50/ours", "zeromq", p50]];
const COST: Ratios = [
  ["rate/nanomsg", "nanomsg", (sample) => sample.rate],
  ["Janus + plugin/C", "native", serverTime],
  ["CPU/C", "native", wholeTime],
];
const COST_TO_OURS: Ratios = [
  ["rate/ours", "zeromq", (sample) => sample.rate],
  ["CPU/ours", "zeromq", wholeTime],
];

/** Medians over the rounds, and how far rounds lie apart; p99 and p99.9 with their worst round. */
export function latencyTable(
  contestants: readonly Contestant[],
  samples: Samples,
  window: Window,
): Table {
  const ratios = samples.has("native") ? LATENCY : LATENCY_TO_OURS;
  const rows = measured(contestants, samples, window).map(([{ key, title }, all]) => {
    const sample = medianSample(all);
    return [
      title,
      sample.p50.toFixed(0),
      spread(all, p50, (time) => time.toFixed(0)),
      ...[sample.p99, worst(all, ({ p99 }) => p99)].map((time) => time.toFixed(0)),
      ...[sample.p999, worst(all, ({ p999 }) => p999)].map((time) => time.toFixed(0)),
      count(sample.requests),
      ...ratioCells(ratios, samples, key, window),
    ];
  });
  return {
    columns: columns(
      "transport",
      ...["p50 us", "middle half", "p99 us", "worst", "p99.9 us", "worst", "requests"],
      ...ratios.map(([title]) => title),
    ),
    rows,
  };
}

/** Requests a second, and the processor time of one, wherever it is spent. */
export function costTable(
  contestants: readonly Contestant[],
  samples: Samples,
  window: Window,
): Table {
  const ratios = samples.has("native") ? COST : COST_TO_OURS;
  const rows = measured(contestants, samples, window).map(([{ key, title }, all]) => {
    const sample = medianSample(all);
    const { rate, cpu_janus, cpu_plugin, cpu_broker, cpu_client } = sample;
    return [
      title,
      count(rate),
      spread(all, (one) => one.rate, count),
      ...[cpu_janus, cpu_plugin, cpu_broker, cpu_client, wholeTime(sample)].map(oneDigit),
      ...ratioCells(ratios, samples, key, window),
    ];
  });
  return {
    columns: columns(
      "transport",
      ...["requests/s", "middle half"],
      ...["Janus us", "+ plugin", "+ broker", "+ client", "= CPU us"],
      ...ratios.map(([title]) => title),
    ),
    rows,
  };
}

function measured(
  contestants: readonly Contestant[],
  samples: Samples,
  window: Window,
): (readonly [Contestant, readonly Sample[]])[] {
  return contestants.flatMap((one) => {
    const all = samples.get(one.key)?.get(window);
    return all === undefined ? [] : [[one, all] as const];
  });
}

function ratioCells(ratios: Ratios, samples: Samples, key: Key, window: Window): string[] {
  return ratios.map(([_title, other, pick]) =>
    ratioOf(samples, [key, other], window, pick)?.toFixed(2) ?? ""
  );
}

function spread(all: readonly Sample[], pick: Pick, format: (number: number) => string): string {
  return [0.25, 0.75].map((share) => format(quantile(all.map(pick), share))).join(" to ");
}
