/** The tail of events, as a page shows it: a sample of what came, as JSON. @module */
import { EVENT_LABELS, EVENT_SUBTYPES, type EventLabel, typeIndex } from "../janus/event_types.ts";
import type { ServerEvent } from "../janus/events.ts";
import type { JanusId } from "../janus/ids.ts";
import { stringifyJson } from "../janus/json.ts";
import { MAX_SUBTYPES, TAIL_EVENTS, TAIL_PER_SECOND, TAIL_TEXT } from "./limits.ts";
import { clip } from "./text.ts";
import type { TailEvent } from "./wire.ts";

/** Of each kind so many are kept of a second, so that statistics do not crowd out the rest. */
const EACH_PER_SECOND = 20;

const NAMES = new Map<number, string>();

/** The type's label, and the subtype's: `-` if it has none, `other` for what is not known. */
export function labelsOf(type: number, subtype: number): readonly [string, string] {
  const label: EventLabel | undefined = EVENT_LABELS[typeIndex(type)];
  if (label === undefined) return ["other", "-"];
  if (subtype === 0) return [label, "-"];
  const subtypes = Object.entries(label in EVENT_SUBTYPES ? EVENT_SUBTYPES[label as never] : {});
  return [label, subtypes.find(([, number]) => number === subtype)?.[0] ?? "other"];
}

/** Such as `media.stats`, or `sessions`. */
export function nameOf(type: number, subtype: number): string {
  const key = type * MAX_SUBTYPES + Math.min(subtype, MAX_SUBTYPES - 1);
  let name = NAMES.get(key);
  if (name === undefined) {
    const [label, sub] = labelsOf(type, subtype);
    name = sub === "-" ? label : `${label}.${sub}`;
    // Types are a filter's to invent.
    if (NAMES.size < 100) NAMES.set(key, name);
  }
  return name;
}

/** Characters that are written in a second, of which little is shown where events are large. */
const MAX_WRITTEN = 1 << 18;

interface Waiting {
  readonly server: number;
  readonly time: number;
  readonly number: number | null;
  readonly event: ServerEvent;
}

/** Keeps the newest events. */
export class Tail {
  readonly #kept: TailEvent[] = [];
  /** Those of this second, not written yet. */
  #waiting: Waiting[] = [];
  readonly #counts = new Map<string, number>();
  #skipped = 0;

  /** Takes in an event, or leaves it out. */
  take(server: number, time: number, number: number | null, event: ServerEvent): void {
    if (this.#waiting.length >= TAIL_PER_SECOND) {
      this.#skipped++;
      return;
    }
    const name = nameOf(event.type, subtypeOf(event));
    const count = this.#counts.get(name) ?? 0;
    if (count >= EACH_PER_SECOND) {
      this.#skipped++;
      return;
    }
    this.#counts.set(name, count + 1);
    this.#waiting.push({ server, time, number, event });
  }

  /** Ends the second. @returns its events, and how many more there were */
  tick(): { readonly events: readonly TailEvent[]; readonly skipped: number } {
    const events: TailEvent[] = [];
    let written = 0;
    for (const one of this.#waiting) {
      if (written > MAX_WRITTEN) break;
      const { event, length } = write(one);
      events.push(event);
      written += length;
    }
    const skipped = this.#skipped + this.#waiting.length - events.length;
    this.#waiting = [];
    this.#counts.clear();
    this.#skipped = 0;
    this.#kept.push(...events);
    this.#kept.splice(0, Math.max(0, this.#kept.length - TAIL_EVENTS));
    return { events, skipped };
  }

  /** The newest, oldest first. */
  get kept(): readonly TailEvent[] {
    return this.#kept;
  }
}

/** An event's subtype; 0 if it has none. */
export function subtypeOf(event: ServerEvent): number {
  const { subtype } = event as { readonly subtype?: unknown };
  return typeof subtype === "number" ? subtype : 0;
}

function write(
  { server, time, number, event }: Waiting,
): { readonly event: TailEvent; readonly length: number } {
  const { session_id, handle_id } = event as {
    readonly session_id?: JanusId;
    readonly handle_id?: JanusId;
  };
  const json = textOf(event);
  const shown = {
    server,
    time,
    number,
    name: nameOf(event.type, subtypeOf(event)),
    session: session_id === undefined ? null : String(session_id),
    handle: handle_id === undefined ? null : String(handle_id),
    json: clip(json, TAIL_TEXT),
    cut: json.length > TAIL_TEXT,
  };
  return { event: shown, length: json.length };
}

function textOf(event: ServerEvent): string {
  try {
    return stringifyJson(event);
  } catch (error) {
    // A filter's doing: a number of more than 64 bits, or members within members without end.
    return JSON.stringify({ type: event.type, problem: String(error) });
  }
}
