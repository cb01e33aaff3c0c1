/** One measurement: events at a rate, or a burst, through one contestant. */
import { sleep } from "../../lib/waiting.ts";
import { type Arrival, arrivalOf } from "../events/measure.ts";
import type { Stored } from "./engine.ts";
import { type Outcome, type PerProcess, PROCESSES, type StreamJanus } from "./stream_janus.ts";

/** How long (ms) it is looked at whether everything is done, and how often at most. */
const SETTLED_MS = 50;
const MOST_LOOKS = 100;
/** Processor time (ms) that all of them take in such a while without events: their timers. */
const IDLE_MS = 2;

/** One measurement. */
export interface Sample {
  readonly sent: number;
  /** Seconds in which they were made. */
  readonly made_in: number;
  /** What arrived beside the stream, and from it; undefined where nobody takes it. */
  readonly pub: Arrival | undefined;
  readonly stream: Arrival | undefined;
  readonly stored: Stored | undefined;
  /** Microseconds of processor time an event. */
  readonly cpu: PerProcess<number>;
}

/** Measures. */
export async function measure(janus: StreamJanus, count: number, rate: number): Promise<Sample> {
  const stored = await janus.engine?.count();
  const before = await janus.readTimes();
  const outcome = await janus.run(count, rate);
  const after = await settle(janus);
  return sampleOf(outcome, await stored?.(), before, after);
}

/** Waits until nobody is busy with what is left. */
async function settle(janus: StreamJanus): Promise<PerProcess<number>> {
  let after = await janus.readTimes();
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    await sleep(SETTLED_MS);
    const now = await janus.readTimes();
    const used = total(now) - total(after);
    after = now;
    if (used < IDLE_MS) break;
  }
  return after;
}

/** What it all comes down to. */
export function sampleOf(
  { generated, pub, stream }: Outcome,
  stored: Stored | undefined,
  before: PerProcess<number>,
  after: PerProcess<number>,
): Sample {
  const { sent, first_at, last_at } = generated;
  const used = PROCESSES.flatMap((key) => {
    const [from, to] = [before[key], after[key]];
    return from === undefined || to === undefined
      ? []
      : [[key, (to - from) * 1_000 / sent] as const];
  });
  return {
    ...{ sent, stored },
    made_in: (last_at - first_at) / 1e9,
    pub: pub && arrivalOf(generated, pub),
    stream: stream && arrivalOf(generated, stream),
    cpu: Object.fromEntries(used),
  };
}

/** Of all processes together. */
export function total(times: PerProcess<number>): number {
  return PROCESSES.reduce((sum, key) => sum + (times[key] ?? 0), 0);
}
