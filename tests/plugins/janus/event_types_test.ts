import {
  EVENT_NAMES,
  type EventOf,
  eventSelector,
  eventsInWords,
  eventTopic,
  topicHead,
  typeIndex,
} from "../../../plugins/janus/event_types.ts";
import type {
  MediaSlowLinkEvent,
  MediaStateEvent,
  MediaStatisticsEvent,
} from "../../../plugins/janus/events.ts";
import { assertEquals } from "../../assert.ts";

type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;

Deno.test("a name narrows to the shapes that it stands for", () => {
  const slow: Same<EventOf<"media.slowlink">, MediaSlowLinkEvent> = true;
  const media: Same<EventOf<"media">, MediaStateEvent | MediaSlowLinkEvent | MediaStatisticsEvent> =
    true;
  const two: Same<EventOf<"media.state" | "media.slowlink">, MediaStateEvent | MediaSlowLinkEvent> =
    true;
  assertEquals([slow, media, two], [true, true, true]);
});

Deno.test("names are said as what they mean", () => {
  assertEquals(eventsInWords(["media.stats", "all"]), "all events");
  assertEquals(
    eventsInWords(["sessions", "core", "sessions", "media.stats"]),
    "sessions, core (startup, shutdown), media.stats",
  );
});

Deno.test("every name selects, no other does", () => {
  assertEquals(EVENT_NAMES.length, 21);
  assertEquals(eventSelector("all"), { type: null, subtype: null });
  assertEquals(eventSelector("core"), { type: 256, subtype: null });
  assertEquals(eventSelector("webrtc.state"), { type: 16, subtype: 6 });
  for (const name of ["", "medai", "media.", "media.4", "sessions.created", "toString"]) {
    assertEquals(eventSelector(name), undefined, name);
  }
});

Deno.test("typeIndex() is the number of a type's bit", () => {
  assertEquals([1, 2, 4, 8, 16, 32, 64, 128, 256].map(typeIndex), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals([0, 3, 512, -1, NaN].map(typeIndex), [-1, -1, -1, -1, -1]);
});

for (
  const [event, topic] of [
    [{ type: 1, session_id: 5, event: { name: "destroyed" } }, "sessions.-.5."],
    [
      {
        type: 1,
        session_id: 9007199254740993n,
        event: { name: "created", transport: { transport: "janus.transport.zeromq", id: "1" } },
      },
      "sessions.-.9007199254740993.janus.transport.zeromq",
    ],
    [
      { type: 2, session_id: 5, event: { name: "attached", plugin: "janus.plugin.echotest" } },
      "handles.-.5.janus.plugin.echotest",
    ],
    [{ type: 4, event: { schema: "a", data: {} } }, "external.-.-."],
    [{ type: 16, subtype: 6, session_id: 5, event: { connection: "webrtcup" } }, "webrtc.state.5."],
    [{ type: 32, subtype: 3, session_id: 5, event: [] }, "media.stats.5."],
    [{ type: 64, event: { plugin: "p", data: {} } }, "plugins.-.-.p"],
    [{ type: 128, event: { transport: "t", id: "1", data: {} } }, "transports.-.-.t"],
    [{ type: 256, subtype: 1, event: { status: "started" } }, "core.startup.-."],
    [{ type: 32, subtype: 9, session_id: 5, event: {} }, "media.9.5."],
    [{ type: 512, session_id: 5 }, "512.-.5."],
  ] as const
) {
  Deno.test(`eventTopic() is ${topic}`, () => assertEquals(eventTopic(event), topic));
}

Deno.test("topicHead() has what comes before the session", () => {
  assertEquals(topicHead(32, 2), "media.slowlink.");
  assertEquals(topicHead(64, 0), "plugins.-.");
});
