/** All parts of the benchmark, and how long each of them takes. */
import { UsageError } from "../../lib/command_line.ts";
import type { Run } from "../frame/benchmark.ts";
import { NoiseMeter } from "../frame/noise.ts";
import { compareBrokered, compareDirect, type Plan } from "./compare.ts";
import type { Placement } from "./placement.ts";
import { prepare, type Prepared } from "./prepare.ts";
import type { Findings } from "./report.ts";
import { measureScale, type ScaleOptions } from "./scale.ts";
import { measureStarted, type StartedPlan } from "./started.ts";

/** What may be measured by itself. */
export const PARTS = ["warm", "started", "brokers", "peers"] as const;

/** One of {@linkcode PARTS}. */
export type Part = (typeof PARTS)[number];

/** Understands `--parts`. @throws {UsageError} for what is none of {@linkcode PARTS} */
export function parseParts(text: string | undefined): readonly Part[] {
  if (text === undefined) return PARTS;
  return text.split(",").map((name) => {
    const part = PARTS.find((one) => one === name);
    if (part !== undefined) return part;
    throw new UsageError(`--parts must be of ${PARTS.join(", ")}, not "${name}"`);
  });
}

/** How long each part takes. */
export interface Plans {
  readonly warm: Omit<Plan, "rounds">;
  readonly brokers: Plan;
  readonly started: StartedPlan;
  readonly peers: ScaleOptions;
}

/** Below 8 minutes, and below one. */
export const PLANS: Readonly<Record<"full" | "quick", Plans>> = {
  full: {
    warm: { warm: 1_000, warmup: 200, measure: { 1: 1_200, 16: 500, 128: 500 } },
    brokers: { rounds: 5, warm: 1_000, warmup: 200, measure: { 1: 1_200, 16: 500, 128: 500 } },
    started: { rounds: 5, measure: 1_000 },
    peers: {
      ...{ rounds: 6, warm: 1_000, timing: { warmup: 100, measure: 400 } },
      ...{ idle: 10_000, rests: [0, 1, 5, 15] },
    },
  },
  quick: {
    warm: { warm: 100, warmup: 50, measure: { 1: 100, 16: 100, 128: 100 } },
    brokers: { rounds: 2, warm: 100, warmup: 50, measure: { 1: 100, 16: 100, 128: 100 } },
    started: { rounds: 1, measure: 1_000 },
    peers: {
      ...{ rounds: 2, warm: 100, timing: { warmup: 50, measure: 100 } },
      ...{ idle: 2_000, rests: [0, 1] },
    },
  },
};

/** What is to be measured. */
export interface Choice extends Plans {
  /** Of the comparison. */
  readonly rounds: number;
  readonly placement: Placement;
  readonly parts: readonly Part[];
}

/** Measures the parts that are asked for. */
export async function measureAll(
  choice: Choice,
  run: Run,
): Promise<{ readonly prepared: Prepared; readonly findings: Findings }> {
  const prepared = await prepare();
  await using noise = await NoiseMeter.start();
  const bench = { prepared, run, noise };
  const { rounds, parts } = choice;
  const of = async <T>(part: Part, measure: () => Promise<T>) =>
    parts.includes(part) ? await measure() : undefined;
  const findings = {
    comparison: await of("warm", () => compareDirect({ ...choice.warm, rounds }, bench)),
    started: await of("started", () => measureStarted(choice.started, bench)),
    brokered: await of("brokers", () => compareBrokered(choice.brokers, bench)),
    scale: await of("peers", () => measureScale(choice.peers, bench)),
  };
  return { prepared, findings };
}
