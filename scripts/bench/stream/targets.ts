/** What the stream is meant to reach, and whether it does. */
import { allOf } from "../events/in_turns.ts";
import { numberTarget, rateRoundsTarget, roundsTarget, type Target } from "../frame/targets.ts";
import { arrivalsOf, type Finding, pubRatios, sumOf } from "./compare.ts";
import type { Key } from "./contestants.ts";
import type { Sample } from "./measure.ts";
import { ownMemory, type Peak } from "./memory.ts";

const BURST_RATE = 40_000;
/** Microseconds. */
const P50 = 2_000;
const CPU = { rate: 20_000, most: 15 } as const;
const PUB_RATIO = 1.1;
/** MiB. */
const MEMORY = 60;

/** Every goal. */
export function targets(findings: readonly Finding[]): Target[] {
  const find = (key: Key) => findings.find(({ contestant }) => contestant.key === key);
  const ours = find("stream"), unread = find("unread"), without = find("zeromq");
  return [
    rateRoundsTarget(
      "Burst into the stream that nobody reads: stored",
      unread && allOf(unread, 0, ({ stored }) => stored?.rate),
      unread === undefined ? 0 : unstored(unread),
      { least: BURST_RATE },
    ),
    rateRoundsTarget(
      "Burst, into the stream and out of it",
      ours && arrivalsOf(ours, "stream", 0)?.map(({ rate }) => rate),
      ours === undefined ? 0 : sumOf(ours, "stream", "lost", [0]),
      { least: BURST_RATE },
    ),
    ...([1_000, 10_000] as const).map((rate) =>
      roundsTarget(
        `${thousands(rate)}/s: p50 from Janus to the consumer`,
        ours && arrivalsOf(ours, "stream", rate)?.map(({ p50 }) => p50),
        { most: P50 },
        milliseconds,
      )
    ),
    ...timeTargets(ours, unread, without),
    ...([1_000, 10_000, 20_000] as const).map((rate) =>
      roundsTarget(
        `${thousands(rate)}/s: PUB's p50 to that without a stream`,
        pubRatios(findings, rate),
        { most: PUB_RATIO },
        (ratio) => ratio.toFixed(2),
      )
    ),
    numberTarget("Events lost, doubled, out of order", ours && wrong(ours), { most: 0 }, String),
    ...memoryTargets(ours, without),
  ];
}

/** Of the plugin's processes, for each event. */
function timeTargets(
  ours: Finding | undefined,
  unread: Finding | undefined,
  without: Finding | undefined,
): Target[] {
  const rate = `${thousands(CPU.rate)}/s: the plugin's processor time an event`;
  const times = (finding: Finding | undefined) =>
    finding && allOf(finding, CPU.rate, (sample: Sample) => pluginTime(sample));
  const [both, alone] = [times(ours), times(without)];
  const more = both && alone && both.map((time, round) => time - alone[round]!);
  const target = (what: string, rounds: readonly number[] | undefined) =>
    roundsTarget(
      `${rate}, ${what}`,
      rounds,
      { most: CPU.most },
      (time) => `${time.toFixed(1)} us`,
    );
  return [
    target("both processes, nobody subscribes to PUB", times(unread)),
    target("with a subscriber, more than without a stream", more),
    target("with a subscriber, both processes", both),
  ];
}

/** Of the plugin's processes in the bursts, the ring not counted. */
function memoryTargets(ours: Finding | undefined, without: Finding | undefined): Target[] {
  const target = (what: string, of: (finding: Finding) => number[]) => {
    const [both, alone] = [ours && of(ours), without && of(without)];
    const more = both && alone && both.map((size, round) => size - alone[round]!);
    return roundsTarget(
      `Memory more than without a stream, ${what}`,
      more,
      { most: MEMORY },
      (size) => `${size.toFixed(0)} MiB`,
    );
  };
  return [
    target("what is in no file", (one) => memoryOf(one, ({ anonymous }) => anonymous)),
    target("PSS", (one) => memoryOf(one, ({ pss }) => pss)),
    target("RSS", (one) => memoryOf(one, ({ own }) => own)),
  ];
}

/** Something (MiB) of the plugin's processes together, burst by burst. */
function memoryOf({ memory: { bursts } }: Finding, pick: (peak: Peak) => number): number[] {
  return bursts.map(({ plugin, companion }) =>
    [plugin, companion].reduce((sum, one) => sum + (one === undefined ? 0 : pick(one)), 0)
  );
}

/** Events of the bursts that are not in the stream. */
function unstored({ samples }: Finding): number {
  return samples.get(0)!.reduce((sum, { sent, stored }) => sum + sent - (stored?.messages ?? 0), 0);
}

function wrong(finding: Finding): number {
  const kinds = ["lost", "doubled", "disordered"] as const;
  return kinds.reduce((sum, kind) => sum + sumOf(finding, "stream", kind), 0);
}

/** Microseconds an event of the plugin's process and the stream's. */
export function pluginTime(
  { cpu }: { readonly cpu: { readonly plugin?: number; readonly companion?: number } },
): number {
  return (cpu.plugin ?? 0) + (cpu.companion ?? 0);
}

/** The most (MiB) that the plugin's processes had in any burst, or at the start, without the ring. */
export function pluginPeak({ memory: { started, bursts } }: Finding): number {
  const [plugin, companion] = (["plugin", "companion"] as const).map((key) => {
    const first = started[key];
    const peaks = bursts.flatMap((burst) => burst[key]?.own ?? []);
    return Math.max(first === undefined ? 0 : ownMemory(key, first), ...peaks);
  });
  return plugin! + companion!;
}

function thousands(rate: number): string {
  return rate.toLocaleString("en-US");
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(2)} ms`;
}
