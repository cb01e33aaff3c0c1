/** What was found of each handler, and numbers of it. */
import { median } from "../../lib/statistics.ts";
import type { Contestant, Key } from "./contestant.ts";
import type { MemoryOfBoth } from "./event_janus.ts";
import type { FreshSample } from "./fresh.ts";
import { allOf, type Sampled } from "./in_turns.ts";
import { type LoadKey, LOADS } from "./loads.ts";
import type { Arrival, Sample } from "./measure.ts";

/** What was found of one handler. */
export interface Finding extends Sampled<LoadKey, Sample> {
  readonly contestant: Contestant;
  /** Of each round; none where it isn't measured just started. */
  readonly fresh: readonly FreshSample[];
  readonly memory: {
    /** Once events arrive. */
    readonly started: MemoryOfBoth;
    /** Right after each long burst, with the peaks during it. */
    readonly bursts: readonly MemoryOfBoth[];
  };
}

/** That of one handler; undefined if it isn't here. */
export function findingOf(findings: readonly Finding[], key: Key): Finding | undefined {
  return findings.find(({ contestant }) => contestant.key === key);
}

/** The arrivals under one load, round by round; undefined where nobody can subscribe. */
export function arrivalsOf(finding: Finding, load: LoadKey): readonly Arrival[] | undefined {
  return allOf(finding, load, ({ arrival }) => arrival);
}

/** A number of the arrivals, round by round; undefined without any. */
export function arrivedOf(
  finding: Finding | undefined,
  load: LoadKey,
  pick: (arrival: Arrival) => number,
): readonly number[] | undefined {
  return finding && arrivalsOf(finding, load)?.map(pick);
}

/** Events that were lost under some loads, in all rounds together. */
export function lostOf(finding: Finding, loads: readonly LoadKey[] = LOADS): number {
  const all = loads.flatMap((load) => arrivalsOf(finding, load) ?? []);
  return all.reduce((sum, { lost }) => sum + lost, 0);
}

/** Those of one to another's, round by round; undefined without both. */
export function ratios(
  numbers: readonly number[] | undefined,
  others: readonly number[] | undefined,
): readonly number[] | undefined {
  if (numbers === undefined || others === undefined) return undefined;
  return numbers.map((number, round) => number / others[round]!);
}

/** The same of a number of the arrivals. */
export function arrivalRatios(
  findings: readonly Finding[],
  [key, other]: readonly [Key, Key],
  load: LoadKey,
  pick: (arrival: Arrival) => number,
): readonly number[] | undefined {
  const [own, theirs] = [key, other].map((one) => arrivedOf(findingOf(findings, one), load, pick));
  return ratios(own, theirs);
}

/** Microseconds of Janus's event thread that a handler adds to each event. */
export function addedToEventThread(
  findings: readonly Finding[],
  key: Key,
  load: LoadKey,
): number | undefined {
  const [own, base] = ([key, "null"] as const).map((name) =>
    findingOf(findings, name)?.samples.get(load)
  );
  if (!own?.length || !base?.length) return undefined;
  return median(own.map((sample, i) => sample.cpu_event_thread - base[i]!.cpu_event_thread));
}
