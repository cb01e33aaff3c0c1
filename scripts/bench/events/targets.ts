/** What the event handler is meant to reach, and whether it does. */
import { median } from "../../lib/statistics.ts";
import {
  everyRoundTarget,
  numberTarget,
  rateTarget,
  ratioTarget,
  type Target,
} from "../frame/targets.ts";
import type { Key } from "./contestant.ts";
import { arrivalRatios, arrivedOf, type Finding, findingOf, lostOf, ratios } from "./finding.ts";
import { type Burst, BURSTS, type LoadKey, loadTitle, type Rate, RATES } from "./loads.ts";

/** To PUB in C's; just started, that of the first second. */
const P99_RATIO = { steady: 1.2, fresh: 2 } as const;
/** Microseconds. */
const P99_9 = 5_000;
/** To the direct writer's. */
const P50 = { rate: 50_000, ratio: 1.2 } as const;
const BURST_RATIOS = [["native", "PUB in C's", 1.2], [
  "nanomsg-grouped",
  "nanomsg's, grouped",
  1,
]] as const;
const CPU_LOADS = [10_000, 50_000, "long burst"] as const;
/** Ours as well, though not what the goal is about; and what nobody can subscribe to. */
const NO_RIVALS: readonly Key[] = ["zeromq", "filter", "filters", "null"];
const ONE_FILTER_RATE = 100_000;
/** The peak of the plugin's process in the last burst to that in the first, but for the ring, which is bounded. */
const FLAT = 1.1;

/** Every goal. */
export function targets(findings: readonly Finding[]): Target[] {
  const ours = findingOf(findings, "zeromq");
  return [
    ...RATES.map((rate) => p99Target(findings, rate)),
    freshTarget(findings),
    ...RATES.map((rate) => p99_9Target(ours, rate)),
    ratioTarget(
      `${loadTitle(P50.rate)}: p50 to the direct writer's`,
      middle(arrivalRatios(findings, ["zeromq", "direct"], P50.rate, ({ p50 }) => p50)),
      { most: P50.ratio },
    ),
    ...BURSTS.flatMap((burst) => burstTargets(findings, burst)),
    ...CPU_LOADS.map((load) => cpuTarget(findings, load)),
    filterTarget(findingOf(findings, "filter")),
    numberTarget("Events lost", ours && lostOf(ours), { most: 0 }, String),
    ratioTarget(
      "Memory of the plugin's process but the ring, last burst to first",
      ours && flatness(ours),
      { most: FLAT },
    ),
  ];
}

function p99Target(findings: readonly Finding[], rate: Rate): Target {
  const all = arrivalRatios(findings, ["zeromq", "native"], rate, ({ p99 }) => p99);
  return ratioTarget(`${loadTitle(rate)}: p99 to PUB in C's`, middle(all), {
    most: P99_RATIO.steady,
  });
}

function freshTarget(findings: readonly Finding[]): Target {
  const [ours, theirs] = (["zeromq", "native"] as const).map((key) => {
    const fresh = findingOf(findings, key)?.fresh ?? [];
    return fresh.length === 0 ? undefined : fresh.map(({ first_second: { p99 } }) => p99);
  });
  return ratioTarget(
    "Just started, first second: p99 to PUB in C's",
    middle(ratios(ours, theirs)),
    {
      most: P99_RATIO.fresh,
    },
  );
}

function p99_9Target(ours: Finding | undefined, rate: Rate): Target {
  const all = arrivedOf(ours, rate, ({ p99_9 }) => p99_9);
  return numberTarget(`${loadTitle(rate)}: p99.9`, middle(all), { most: P99_9 }, milliseconds);
}

function burstTargets(findings: readonly Finding[], burst: Burst): Target[] {
  const sent = findings[0]?.samples.get(burst)?.[0]?.sent;
  const title = capitalized(loadTitle(burst, sent));
  return BURST_RATIOS.map(([key, whose, least]) => {
    const all = arrivalRatios(findings, ["zeromq", key], burst, ({ rate }) => rate);
    return everyRoundTarget(`${title} to ${whose}`, all, { least });
  });
}

/** In each round, ours to the least of the others. */
function cpuTarget(findings: readonly Finding[], load: LoadKey): Target {
  const times = (finding: Finding) => finding.samples.get(load)!.map(({ cpu_all }) => cpu_all);
  const others = findings.filter(({ contestant: { key } }) => !NO_RIVALS.includes(key)).map(times)
    .filter((all) => all.length > 0);
  const ours = findingOf(findings, "zeromq");
  const own = ours && times(ours);
  const least = own?.map((_, round) => Math.min(...others.map((all) => all[round]!)));
  const title = load === "long burst" ? capitalized(load) : loadTitle(load);
  return ratioTarget(
    `${title}: processor time an event, all together, to the least other's`,
    others.length === 0 ? undefined : middle(ratios(own, least)),
    { most: 1 },
  );
}

function filterTarget(finding: Finding | undefined): Target {
  const rate = middle(arrivedOf(finding, "long burst", ({ rate }) => rate));
  const lost = finding === undefined ? 0 : lostOf(finding, ["long burst"]);
  return rateTarget("Long burst, 1 filter", rate, lost, { least: ONE_FILTER_RATE });
}

/** Undefined if there was one burst only. */
function flatness({ memory: { bursts } }: Finding): number | undefined {
  const [first, last] = [bursts[0]?.plugin, bursts.at(-1)?.plugin].map((now) =>
    now && now.peak - now.shared
  );
  return bursts.length < 2 || !first || !last ? undefined : last / first;
}

function middle(numbers: readonly number[] | undefined): number | undefined {
  return numbers && median(numbers);
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(2)} ms`;
}
