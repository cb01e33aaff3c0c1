/** What the stream is meant to reach, and whether it does. */
import { medianOf } from "../events/in_turns.ts";
import { numberTarget, rateTarget, ratioTarget, type Target } from "../frame/targets.ts";
import { arrived, type Finding, pubRatio, type Rate, sumOf } from "./compare.ts";
import type { Key } from "./contestants.ts";
import { ownMemory } from "./memory.ts";

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
  const ours = find("stream"), without = find("zeromq");
  const more = ours && without && pluginPeak(ours) - pluginPeak(without);
  return [
    burstTarget(ours),
    ...([1_000, 10_000] as const).map((rate) =>
      numberTarget(
        `${thousands(rate)}/s: p50 from Janus to the consumer`,
        arrived(ours, "stream", rate, ({ p50 }) => p50),
        { most: P50 },
        milliseconds,
      )
    ),
    numberTarget(
      `${thousands(CPU.rate)}/s: the plugin's processor time an event, both processes`,
      ours && medianOf(ours, CPU.rate, pluginTime),
      { most: CPU.most },
      (number) => `${number.toFixed(1)} us`,
    ),
    ...([1_000, 10_000, 20_000] as const).map((rate) =>
      ratioTarget(`${thousands(rate)}/s: PUB's p50 to that without a stream`, ratio(rate), {
        most: PUB_RATIO,
      })
    ),
    numberTarget("Events lost, doubled, out of order", ours && wrong(ours), { most: 0 }, String),
    numberTarget(
      "Memory of the plugin's processes more than without, but the ring",
      more,
      { most: MEMORY },
      (number) => `${number.toFixed(0)} MiB`,
    ),
  ];

  function ratio(rate: Rate) {
    return pubRatio(findings, rate);
  }
}

function burstTarget(finding: Finding | undefined): Target {
  const rate = arrived(finding, "stream", 0, ({ rate }) => rate);
  const lost = finding === undefined ? 0 : sumOf(finding, "stream", "lost", [0]);
  return rateTarget("Burst, into the stream and out of it", rate, lost, { least: BURST_RATE });
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
