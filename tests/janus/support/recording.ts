/** What the recording that comes with the project must be good for. */
import type { ServerEvent } from "../../../mod.ts";
import { assert, assertEquals, assertGreater } from "../../assert.ts";

/** Throws unless these events are in order of time, and of several callers, for half a minute. */
export function assertRecording(events: readonly ServerEvent[]): void {
  const times = events.map(({ timestamp }) => timestamp);
  assertEquals(times, times.toSorted((a, b) => a - b));
  assertGreater(times.at(-1)! - times[0]!, 30e6);
  const of = (key: string) =>
    new Set(events.map((event) => Reflect.get(event, key)).filter((one) => one !== undefined));
  assertGreater(of("session_id").size, 2);
  assertGreater(of("opaque_id").size, 2);
  for (const plugin of ["echotest", "videoroom"]) {
    const told = (event: ServerEvent) =>
      event.type === 64 && event.event.plugin === `janus.plugin.${plugin}`;
    assert(events.some(told), plugin);
  }
}
