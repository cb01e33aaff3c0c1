/** Whose processor time is whose. */
import type { Thread } from "../frame/processes.ts";

/** The name of the generator's thread in Janus. */
const GENERATOR = "eventgen";

/** Processor time in milliseconds. */
export interface CpuTimes {
  /** Of the thread in which Janus hands events to handlers. */
  readonly event_thread: number;
  /** Of Janus with all its threads but the generator's. */
  readonly janus: number;
  readonly plugin: number;
  readonly broker: number;
}

/** Where events are made, and where Janus hands them to handlers. */
export interface EventThreads {
  readonly generator: Thread;
  readonly event: Thread;
}

/**
 * Finds both.
 *
 * The name that Janus gives its event thread is too long for Linux, so that it has none; but it is
 * the last to be started before plugins are loaded, and the generator is the only plugin.
 *
 * @param janus Janus's threads in the order in which they were started
 * @throws {Error} when the generator isn't there
 */
export function threadsOf(janus: readonly Thread[]): EventThreads {
  const at = janus.findIndex(({ name }) => name === GENERATOR);
  const [event, generator] = [janus[at - 1], janus[at]];
  if (event === undefined || generator === undefined) {
    throw new Error("Cannot find the generator's thread in Janus");
  }
  return { event, generator };
}

/** Takes the threads' times apart. @throws {Error} as {@linkcode threadsOf} */
export function cpuTimes(
  janus: readonly Thread[],
  plugin: readonly Thread[],
  broker: readonly Thread[],
): CpuTimes {
  const { event, generator } = threadsOf(janus);
  return {
    event_thread: event.time,
    janus: total(janus) - generator.time,
    plugin: total(plugin),
    broker: total(broker),
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
    plugin: after.plugin - before.plugin,
    broker: after.broker - before.broker,
  };
}
