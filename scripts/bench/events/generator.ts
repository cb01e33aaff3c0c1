/** The plugin in Janus that makes the events, driven over the Admin API. */
import { sleep } from "../../lib/waiting.ts";
import type { AdminSocket } from "./admin_socket.ts";

const PACKAGE = "janus.plugin.eventgen";
/** Bytes of an event as compact JSON, with everything that the core puts around it. */
export const EVENT_SIZE = 520;
/** Milliseconds between two looks whether a run is done. */
const LOOK_MS = 50;
/** Runs have four digits, so that all events are of one size; the last ones are for probes. */
const FIRST_RUN = 1_000;
const LAST_RUN = 9_990;

/** A run as the generator saw it. */
export interface Generated {
  readonly sent: number;
  /** CLOCK_MONOTONIC in nanoseconds: when it began, and when the last event was handed over. */
  readonly first_at: number;
  readonly last_at: number;
  /** Nanoseconds in the core's notify_event, of all calls and of the slowest. */
  readonly calls_total: number;
  readonly calls_most: number;
}

/** A generator. One run at a time. */
export class Generator {
  readonly #socket: AdminSocket;
  #run = FIRST_RUN;

  constructor(socket: AdminSocket) {
    this.#socket = socket;
  }

  /** A number for the next run. */
  nextRun(): number {
    if (this.#run > LAST_RUN) throw new RangeError(`Cannot run more often than ${LAST_RUN} times`);
    return this.#run++;
  }

  /** Starts a run: `rate` events a second, or as many as it can (0). */
  async start(run: number, count: number, rate: number): Promise<void> {
    const request = { request: "start", run, count, rate, size: EVENT_SIZE };
    await this.#socket.askPlugin(PACKAGE, request);
  }

  /** Waits until a run is done. */
  async finish(run: number): Promise<Generated> {
    for (;;) {
      const answer = await this.#socket.askPlugin(PACKAGE, { request: "result" });
      if (answer["state"] === "done" && answer["run"] === run) {
        return answer as unknown as Generated;
      }
      await sleep(LOOK_MS);
    }
  }
}
