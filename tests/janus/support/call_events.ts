/** What a subscriber is told of one call. */
import { parseJson } from "../../../plugins/janus/json.ts";
import type { ServerEvent } from "../../../plugins/janus/events.ts";
import {
  assertEvent,
  type EventKey,
  eventKey,
  type EventOf,
} from "../../plugins/janus/event_shapes.ts";
import { PATIENCE, type TestSocket } from "./socket.ts";

/**
 * Takes what comes over a SUB, each event as it must look, and keeps what is about one call: the
 * events of its session, and those of no session at all.
 */
export class CallEvents {
  readonly #sub: TestSocket;
  readonly #session_id: number;
  readonly #seen: ServerEvent[] = [];

  constructor(sub: TestSocket, { session_id }: { readonly session_id: number }) {
    this.#sub = sub;
    this.#session_id = session_id;
  }

  /** Those that were taken until now. */
  get seen(): readonly ServerEvent[] {
    return this.#seen;
  }

  /** Those of a type and subtype that were taken until now. */
  of<K extends EventKey>(key: K): EventOf<K>[] {
    return this.#seen.filter((event): event is EventOf<K> => eventKey(event) === key);
  }

  /** The first of a type and subtype for which something is true, as soon as it is there. */
  async first<K extends EventKey>(
    key: K,
    test: (event: EventOf<K>) => boolean = () => true,
  ): Promise<EventOf<K>> {
    const end = performance.now() + PATIENCE;
    for (let next = 0;; next++) {
      while (next >= this.#seen.length) await this.#take(key, end);
      const event = this.#seen[next];
      if (event !== undefined && eventKey(event) === key && test(event as EventOf<K>)) {
        return event as EventOf<K>;
      }
    }
  }

  async #take(key: EventKey, end: number): Promise<void> {
    let text: string;
    try {
      text = await this.#sub.text(Math.max(1, end - performance.now()));
    } catch (error) {
      const seen = this.#seen.map((event) => JSON.stringify(event)).join("\n");
      throw new Error(`${error instanceof Error ? error.message : error}; no ${key} in:\n${seen}`);
    }
    const event = parseJson(text);
    assertEvent(event);
    const session_id = "session_id" in event ? event.session_id : undefined;
    if (session_id === undefined || session_id === this.#session_id) this.#seen.push(event);
  }
}
