/** Tables of how events arrive: latency and bursts. */
import { median, medianRatio, quantile } from "../../lib/statistics.ts";
import { columns, count, oneDigit } from "../frame/report.ts";
import type { Table } from "../frame/table.ts";
import type { Key } from "./contestant.ts";
import { arrivalsOf, type Finding, findingOf, lostOf } from "./finding.ts";
import type { Latency } from "./generating_janus.ts";
import { medianOf } from "./in_turns.ts";
import type { Burst, LoadKey, Rate } from "./loads.ts";
import type { Arrival } from "./measure.ts";

const PERCENTILES = [
  ["p50", ({ p50 }: Latency) => p50],
  ["p99", ({ p99 }: Latency) => p99],
  ["p99.9", ({ p99_9 }: Latency) => p99_9],
] as const;

/** A handler with its arrivals under one load. */
export interface Arrived {
  readonly finding: Finding;
  readonly arrivals: readonly Arrival[];
}

/** Those that somebody can subscribe to, as far as they were given that load. */
export function arrived(findings: readonly Finding[], load: LoadKey): Arrived[] {
  return findings.flatMap((finding) => {
    const arrivals = arrivalsOf(finding, load);
    return arrivals === undefined ? [] : [{ finding, arrivals }];
  });
}

/** The median of the rounds and the worst round, of every percentile. */
function latencies(rounds: readonly Latency[]): string[] {
  return PERCENTILES.flatMap(([, pick]) => {
    const all = rounds.map(pick);
    return [microseconds(median(all)), microseconds(Math.max(...all))];
  });
}

const LATENCIES = PERCENTILES.flatMap(([title]) => [title, "worst"]);

/** The median of the ratios to another's, round by round; nothing without it. */
function ratioTo(
  all: readonly { readonly finding: Finding; readonly rounds: readonly Latency[] }[],
  key: Key,
  rounds: readonly Latency[],
  pick: (latency: Latency) => number,
): string {
  const other = all.find(({ finding }) => finding.contestant.key === key);
  return other === undefined
    ? ""
    : medianRatio(rounds.map(pick), other.rounds.map(pick)).toFixed(2);
}

/** Latency at a rate. */
export function latencyTable(findings: readonly Finding[], rate: Rate): Table {
  const all = arrived(findings, rate).map(({ finding, arrivals }) => ({
    ...{ finding, rounds: arrivals },
  }));
  const rows = all.map(({ finding, rounds }) => [
    finding.contestant.title,
    ...latencies(rounds),
    ...PERCENTILES.slice(0, 2).map(([, pick]) => ratioTo(all, "native", rounds, pick)),
    ratioTo(all, "direct", rounds, ({ p50 }) => p50),
    count(median(rounds.map((arrival) => arrival.rate))),
    microseconds(Math.max(...finding.samples.get(rate)!.map(({ call_most }) => call_most))),
    String(lostOf(finding, [rate])),
  ]);
  const to = ["p50 to PUB in C's", "p99", "p50 to direct writer's"];
  return {
    columns: columns("handler", ...LATENCIES, ...to, "arrive/s", "slowest call", "lost"),
    rows,
  };
}

/** Latency of the first events after a start. */
export function freshTable(findings: readonly Finding[]): Table {
  const all = findings.filter(({ fresh }) => fresh.length > 0).map((finding) => ({
    finding,
    rounds: finding.fresh.map(({ first_second }) => first_second),
  }));
  const rows = all.map(({ finding, rounds }) => [
    finding.contestant.title,
    ...latencies(finding.fresh.map(({ first_300_ms }) => first_300_ms)),
    ...latencies(rounds),
    ratioTo(all, "native", rounds, ({ p99 }) => p99),
    String(finding.fresh.reduce((sum, { lost }) => sum + lost, 0)),
  ]);
  const [first, ...others] = LATENCIES;
  return {
    columns: columns(
      "handler",
      ...[`300 ms: ${first}`, ...others, `1 s: ${first}`, ...others],
      ...["its p99 to PUB in C's", "lost"],
    ),
    rows,
  };
}

/** One of the bursts. */
export function burstTable(findings: readonly Finding[], burst: Burst): Table {
  const all = arrived(findings, burst);
  const rate = ({ rate }: Arrival) => rate;
  const ratio = (key: Key, own: readonly Arrival[]) => {
    const other = findingOf(findings, key);
    const theirs = other && arrivalsOf(other, burst);
    return theirs === undefined ? "" : medianRatio(own.map(rate), theirs.map(rate)).toFixed(2);
  };
  const rows = all.map(({ finding, arrivals }) => {
    const rates = arrivals.map(rate);
    const calls = finding.samples.get(burst)!.map(({ call_most }) => call_most / 1_000);
    return [
      finding.contestant.title,
      ...[median(rates), Math.min(...rates), quantile(rates, 0.25), quantile(rates, 0.75)]
        .map(count),
      medianOf(finding, burst, ({ made_in }) => made_in).toFixed(2),
      ...[arrivals.map(({ seconds }) => seconds), arrivals.map(({ behind }) => behind)].map((
        each,
      ) => median(each).toFixed(2)),
      ...[calls[0]!, Math.max(...calls)].map(oneDigit),
      String(lostOf(finding, [burst])),
      ...(["native", "nanomsg", "nanomsg-grouped"] as const).map((key) => ratio(key, arrivals)),
    ];
  });
  return {
    columns: columns(
      "handler",
      ...["events/s", "least", "middle half from", "to"],
      ...["made in, s", "arrived in, s", "behind, s"],
      ...["slowest call, first round, ms", "in all", "lost in all"],
      ...["to PUB in C's", "to nanomsg's", "to grouped"],
    ),
    rows,
  };
}

function microseconds(time: number): string {
  return Math.round(time).toLocaleString("en-US");
}
