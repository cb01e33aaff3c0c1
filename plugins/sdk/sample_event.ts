/** Events to test filters with. @module */
import type { EventOf } from "../janus/event_types.ts";
import type { ServerEvent } from "../janus/events.ts";
import { type SampleName, SAMPLES } from "./samples.ts";

export type { SampleName };

/** What a sample event can be given: any of its fields, and of those of its `event`. */
export type SampleFields<E> = E extends ServerEvent
  ? Partial<Omit<E, "type" | "subtype" | "event">> & { readonly event?: SampleBody<E["event"]> }
  : never;

/** Fields of an event's body; an array of statistics is given whole. */
export type SampleBody<B> = B extends readonly unknown[] ? B : Partial<B>;

/**
 * Makes an event as Janus does, with plausible content where none is given. Each call makes the
 * same: a handle of one session, and one point in time.
 *
 * @example
 * ```ts
 * import { sampleEvent } from "@janus-zeromq/janus-zeromq";
 *
 * const slow = sampleEvent("media.slowlink", { session_id: 7, event: { lost_lastsec: 40 } });
 * console.log(slow.handle_id, slow.event.media, slow.event.lost_lastsec); // 1002 "audio" 40
 *
 * // Where there are several shapes, what is given tells which.
 * const gone = sampleEvent("webrtc.state", { event: { connection: "hangup" } });
 * console.log(gone.event); // { connection: "hangup", reason: "Close PC" }
 * ```
 *
 * @param name what kind of event
 * @param fields what is to be different; `event` is merged field by field
 * @throws {TypeError} for a name that stands for several kinds of events, or for none
 */
export function sampleEvent<N extends SampleName>(
  name: N,
  fields: SampleFields<EventOf<N>> = {} as SampleFields<EventOf<N>>,
): EventOf<N> {
  const { event: given, ...envelope } = fields as { readonly event?: object };
  if (!Object.hasOwn(SAMPLES, name)) {
    const names = Object.keys(SAMPLES).join(", ");
    throw new TypeError(`Cannot make an event "${name}": the names are ${names}`);
  }
  const [first, ...others] = SAMPLES[name] as readonly [ServerEvent, ...ServerEvent[]];
  const body = given ?? {};
  const sample = [first, ...others].find(({ event }) => fits(event, body)) ?? first;
  const event = Array.isArray(body) ? body : { ...sample.event, ...body };
  return structuredClone({ ...sample, ...envelope, event }) as unknown as EventOf<N>;
}

/** Fields by which the shapes of one kind of event are told apart. */
const DISCRIMINANTS = ["name", "connection", "status", "media", "owner"] as const;

function fits(sample: object, given: object): boolean {
  return DISCRIMINANTS.every((key) => {
    const wanted: unknown = Reflect.get(given, key);
    return wanted === undefined || wanted === Reflect.get(sample, key);
  });
}
