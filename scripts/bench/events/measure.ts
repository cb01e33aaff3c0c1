/** One measurement: one load through one contestant. */
import { sleep } from "../../lib/waiting.ts";
import { readThreads } from "../frame/processes.ts";
import { type CpuTimes, cpuTimes, usedSince } from "./cpu_times.ts";
import type { EventJanus } from "./event_janus.ts";
import type { Latency, Reception } from "./generating_janus.ts";
import type { Generated } from "./generator.ts";
import type { Load } from "./in_turns.ts";

/** Milliseconds that Janus's event thread must be idle to be done. */
const SETTLED_MS = 50;

/** One measurement. Processor times are in microseconds an event. */
export interface Sample {
  readonly sent: number;
  /** Seconds in which they were made. */
  readonly made_in: number;
  /** What arrived; undefined where nobody can subscribe. */
  readonly arrival: Arrival | undefined;
  /** Microseconds in the core's notify_event: on average, and the most. */
  readonly call_mean: number;
  readonly call_most: number;
  /** Of Janus's event thread alone. */
  readonly cpu_event_thread: number;
  /** Of Janus with all its threads but the generator's. */
  readonly cpu_janus: number;
  /** 0 where there is none. */
  readonly cpu_plugin: number;
  readonly cpu_broker: number;
  /** Of all these and of the subscriber, for each event that arrived there. */
  readonly cpu_all: number;
}

/** How a run's events arrived. */
export interface Arrival extends Latency {
  readonly received: number;
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
  /** Seconds from the first to the last, and events a second meanwhile. */
  readonly seconds: number;
  readonly rate: number;
  /** Seconds from when the last event was handed to the core until the last one arrived. */
  readonly behind: number;
  /** Bytes an event, with its share of what is around it. */
  readonly size: number;
  /** Microseconds an event that the subscriber used. */
  readonly cpu: number;
}

/** Measures. Latency is that after the load's lead, everything else that of all its events. */
export async function measure(
  janus: EventJanus,
  { count, rate, lead }: Omit<Load<unknown>, "key">,
): Promise<Sample> {
  const threads = async (pid: number | undefined) =>
    pid === undefined ? [] : await readThreads(pid);
  const read = async () =>
    cpuTimes(
      await readThreads(janus.pid),
      await threads(janus.plugin),
      await threads(janus.broker?.pid),
    );
  const before = await read();
  const [generated, reception] = await janus.run({ count, rate, parts: [[lead, count]] });
  // Where nobody receives, or not everything, Janus may still be busy with what is left.
  let after = await read();
  for (let settled = false; !settled;) {
    await sleep(SETTLED_MS);
    const now = await read();
    settled = now.event_thread === after.event_thread;
    after = now;
  }
  return sampleOf(generated, reception, usedSince(before, after));
}

/** What it all comes down to. */
export function sampleOf(
  generated: Generated,
  reception: Reception | undefined,
  used: CpuTimes,
): Sample {
  const { sent, first_at, last_at, calls_total, calls_most } = generated;
  const each = (milliseconds: number) => milliseconds * 1_000 / sent;
  return {
    sent,
    made_in: (last_at - first_at) / 1e9,
    arrival: reception === undefined ? undefined : arrivalOf(generated, reception),
    call_mean: calls_total / 1_000 / sent,
    call_most: calls_most / 1_000,
    cpu_event_thread: each(used.event_thread),
    cpu_janus: each(used.janus),
    cpu_plugin: each(used.plugin),
    cpu_broker: each(used.broker),
    cpu_all: ((used.janus + used.plugin + used.broker) * 1_000 + (reception?.cpu ?? 0)) /
      (reception?.received ?? sent),
  };
}

/** What a reception comes down to. @throws {Error} when hardly anything arrived */
export function arrivalOf({ sent, last_at: made_at }: Generated, reception: Reception): Arrival {
  const { received, doubled, disordered, first_at, last_at, bytes, cpu } = reception;
  if (received < 2) throw new Error(`Cannot measure: ${received} of ${sent} events arrived`);
  const seconds = (last_at - first_at) / 1e9;
  return {
    ...reception.parts[0]!,
    ...{ received, doubled, disordered, seconds },
    lost: sent - received,
    rate: received / seconds,
    behind: (last_at - made_at) / 1e9,
    size: bytes / received,
    cpu: cpu / received,
  };
}
