import type { ServerEvent } from "../../../plugins/janus/events.ts";
import { SAMPLES } from "../../../plugins/sdk/samples.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertEvent, EVENT_SHAPES, eventKey } from "./event_shapes.ts";
import { assertRecording } from "../../janus/support/recording.ts";
import { RECORDED_NEWER, recordedEvents } from "./recorded.ts";

Deno.test("what was recorded looks as documented, and is of every type and subtype", async () => {
  const keys = new Set((await recordedEvents()).map(eventKey));
  assertEquals([...keys].sort(), Object.keys(EVENT_SHAPES).sort());
});

Deno.test("what was recorded is in order of time, and of several calls", async () => {
  assertRecording(await recordedEvents());
});

Deno.test("what Janus 1.4 told looks as documented, and has what is new in it", async () => {
  const events = await recordedEvents(RECORDED_NEWER);
  const statistics = events.flatMap((one) =>
    one.type === 32 && one.subtype === 3 ? [one.event] : []
  );
  assert(statistics.some((one) => Array.isArray(one)) && !statistics.every(Array.isArray));
  assert(statistics.flat().some((one) => "rtt-values" in one));
  const updates = events.filter((one) =>
    one.type === 256 && one.subtype === 1 && one.event.status === "update"
  );
  assert(updates.length > 0);
  assert(events.some((one) => one.type === 16 && one.subtype === 1 && one.event.ice === "failed"));
});

Deno.test("remb-bitrate may stand with the first medium, whatever its kind", () => {
  for (const sample of SAMPLES["media.stats"]) {
    assertEvent(sample);
    const { event } = sample;
    assert(!("length" in event));
    assertEvent({ ...sample, event: [{ ...event, "remb-bitrate": 500_000 }] });
  }
  assertEvent({ ...SAMPLES["media.stats"][0], event: [] });
});

/** Keys that an event may lack, behind the type that they are of where others have it always. */
const OPTIONAL = new RegExp(
  "\\.(opaque_id|codec|rtt|candidates|reason)$" +
    "|^1 event\\.event\\.transport$|^2 .*\\.plugin$|^64 event\\.(session|handle)_id$",
);
/** Where anything may stand: what plugins, transports and other people tell, and what Janus is. */
const OPEN = /^event\.event\.(data|info)\b/;

type Place = readonly [at: string, holder: Record<string, unknown>, key: string];

/** Every key of a value's objects and every index of its arrays, in depth. */
function* places(value: unknown, at = "event"): Generator<Place> {
  if (typeof value !== "object" || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    const below = Array.isArray(value) ? `${at}[${key}]` : `${at}.${key}`;
    if (OPEN.test(below)) continue;
    yield [below, holder, key];
    yield* places(holder[key], below);
  }
}

/** How many places of an event were spoilt, each of which must be found. */
function spoil(event: ServerEvent, change: (place: Place) => boolean): number {
  const count = [...places(event)].length;
  let spoilt = 0;
  for (let i = 0; i < count; i++) {
    const copy = structuredClone(event);
    const place = [...places(copy)][i];
    assert(place !== undefined);
    if (!change(place)) continue;
    assertThrows(() => assertEvent(copy), TypeError, "", `${place[0]} of ${JSON.stringify(copy)}`);
    spoilt++;
  }
  return spoilt;
}

/** Of each key the first event: the others have nothing else. */
async function oneOfEach(): Promise<ServerEvent[]> {
  return [...new Map((await recordedEvents()).map((event) => [eventKey(event), event])).values()];
}

Deno.test("a value of another type is found, wherever it is", async () => {
  for (const event of await oneOfEach()) {
    const spoilt = spoil(event, ([, holder, key]) => {
      holder[key] = typeof holder[key] === "string" ? 1 : "text";
      return true;
    });
    assert(spoilt > 3, JSON.stringify(event));
  }
});

Deno.test("a missing key is found, unless it need not be there", async () => {
  for (const event of await oneOfEach()) {
    const spoilt = spoil(event, ([at, holder, key]) => {
      if (Array.isArray(holder) || OPTIONAL.test(`${eventKey(event)} ${at}`)) return false;
      delete holder[key];
      return true;
    });
    assert(spoilt > 3, JSON.stringify(event));
  }
});

Deno.test("an unknown key is found, wherever it is", async () => {
  for (const event of await oneOfEach()) {
    const spoilt = spoil(event, ([, holder]) => {
      if (Array.isArray(holder)) return false;
      holder.more = 1;
      return true;
    });
    assert(spoilt > 3, JSON.stringify(event));
    assertThrows(() => assertEvent({ ...event, more: 1 }), TypeError, "event.more is unknown");
  }
});

Deno.test("what is wrong is said, and where", () => {
  const fields = { emitter: "e", timestamp: 1, session_id: 1 };
  const cases: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ type: 3 }, "no event is of type 3"],
    [{ type: 16, subtype: 7 }, "no event is of type 16.7"],
    [
      { ...fields, type: 1, event: { name: "began" } },
      'event.event.name is "began", not created or destroyed or timeout',
    ],
    [{ ...fields, type: 1, event: {} }, "event.event.name is missing"],
    [
      { ...fields, type: 1, event: { name: "created", transport: { transport: "t", id: 5 } } },
      "event.event.transport.id is 5, not text",
    ],
    [{ ...fields, session_id: 2 ** 53, type: 1 }, "event.session_id is no id"],
  ];
  for (const [event, message] of cases) {
    assertThrows(() => assertEvent(event), TypeError, message);
  }
  const bigint = { ...fields, session_id: 2n ** 60n, type: 1, event: { name: "timeout" } };
  assertEvent(bigint);
});
