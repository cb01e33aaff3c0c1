/** Whose processor time is whose. */
import type { Thread } from "../lib/processes.ts";

/** The name of the generator's thread in Janus. */
const GENERATOR = "eventgen";

/** Processor time in milliseconds. */
export interface CpuTimes {
  /** Of the thread in which Janus hands events to handlers. */
  readonly event_thread: number;
  /** Of Janus with all its threads but the generator's. */
  readonly janus: number;
  readonly isolate: number;
}

/**
 * Takes the threads' times apart.
 *
 * The name that Janus gives its event thread is too long for Linux, so that it has none; but it is
 * the last to be started before plugins are loaded, and the generator is the only plugin.
 *
 * @param janus Janus's threads in the order in which they were started
 * @throws {Error} when the generator isn't there
 */
export function cpuTimes(janus: readonly Thread[], isolate: readonly Thread[]): CpuTimes {
  const generator = janus.findIndex(({ name }) => name === GENERATOR);
  const event_thread = janus[generator - 1];
  if (event_thread === undefined) throw new Error("Cannot find the generator's thread in Janus");
  return {
    event_thread: event_thread.time,
    janus: total(janus) - janus[generator]!.time,
    isolate: total(isolate),
  };
}

function total(threads: readonly Thread[]): number {
  return threads.reduce((sum, { time }) => sum + time, 0);
}

/** What was used between two readings. */
export function usedSince(before: CpuTimes, after: CpuTimes): CpuTimes {
  return {
    event_thread: after.event_thread - before.event_thread,
    janus: after.janus - before.janus,
    isolate: after.isolate - before.isolate,
  };
}
