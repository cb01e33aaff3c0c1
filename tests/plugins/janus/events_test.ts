import type { ServerEvent } from "../../../plugins/janus/events.ts";
import { assert, assertEquals } from "../../assert.ts";
import { recordedEvents } from "./recorded.ts";

// That this compiles is the larger part of the test: each case is narrowed by its discriminants.
function describe(event: ServerEvent): string {
  switch (event.type) {
    case 1:
      return event.event.name === "created"
        ? `${event.session_id} by ${event.event.transport?.transport}`
        : `${event.session_id} ${event.event.name}`;
    case 2:
      return `${event.handle_id} ${event.event.name} ${event.event.plugin}`;
    case 4:
      return event.event.schema;
    case 8:
      return `${event.event.owner} ${event.event.jsep.type}`;
    case 16:
      return describeWebrtc(event);
    case 32:
      return describeMedia(event);
    case 64:
      return event.event.plugin;
    case 128:
      return `${event.event.transport} ${event.event.id}`;
    case 256:
      if (event.subtype === 2) return `shutdown ${event.event.signum}`;
      return event.event.status === "started"
        ? event.event.info.version_string
        : `${event.event.info.sessions} sessions`;
  }
}

function describeWebrtc(event: Extract<ServerEvent, { type: 16 }>): string {
  switch (event.subtype) {
    case 1:
      return event.event.ice;
    case 2:
      return event.event["local-candidate"];
    case 3:
      return event.event["remote-candidate"];
    case 4:
      return event.event["selected-pair"];
    case 5:
      return event.event.dtls;
    case 6:
      return event.event.connection;
  }
}

function describeMedia(event: Extract<ServerEvent, { type: 32 }>): string {
  switch (event.subtype) {
    case 1:
      return `${event.event.media} ${event.event.receiving}`;
    case 2:
      return event.event.slow_link;
    case 3: {
      const all = "length" in event.event ? event.event : [event.event];
      return all.map((one) => one.media === "data" ? "data" : `${one.media} ${one.rtt}`).join();
    }
  }
}

const HANDLE = { emitter: "e", timestamp: 1, session_id: 1, handle_id: 2n ** 60n };

const EVENTS: readonly (readonly [ServerEvent, string])[] = [
  [{
    emitter: "e",
    timestamp: 1,
    type: 1,
    session_id: 9,
    event: { name: "created", transport: { transport: "t", id: "1" } },
  }, "9 by t"],
  [
    { ...HANDLE, type: 2, event: { name: "detached", plugin: "p" } },
    "1152921504606846976 detached p",
  ],
  [{ ...HANDLE, type: 16, subtype: 6, event: { connection: "hangup" } }, "hangup"],
  [{
    ...HANDLE,
    type: 32,
    subtype: 3,
    event: [{
      mid: "1",
      mindex: 0,
      media: "data",
      "packets-received": 1,
      "packets-sent": 1,
      "bytes-received": 1,
      "bytes-sent": 1,
    }],
  }, "data"],
  [{
    emitter: "e",
    timestamp: 1,
    type: 256,
    subtype: 1,
    event: {
      status: "update",
      info: { sessions: 3, handles: 1, peerconnections: 0, "stats-period": 1 },
    },
  }, "3 sessions"],
];

Deno.test("events are told apart by type and subtype", () => {
  for (const [event, expected] of EVENTS) assertEquals(describe(event), expected);
});

Deno.test("every event that Janus ever told us is one of them", async () => {
  for (const event of await recordedEvents()) {
    const description: unknown = describe(event);
    assert(typeof description === "string" && description !== "", JSON.stringify(event));
  }
});
