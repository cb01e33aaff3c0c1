/** Real WebRTC calls: what subscribers are told of them, down to the last key. */
import type { MediaStatistics, ServerEvent } from "../../plugins/janus/events.ts";
import { assert, assertEquals, assertGreater, assertLess } from "../assert.ts";
import { type EventKey, eventKey } from "../plugins/janus/event_shapes.ts";
import { Call, startForCalls } from "./support/call.ts";
import { CallEvents } from "./support/call_events.ts";
import { ECHO_EVENTS, type Fixture, sharedFixture } from "./support/fixture.ts";
import { ADDRESS } from "./support/namespace.ts";

const ECHO = "janus.plugin.echotest";

const shared = sharedFixture({ files: ECHO_EVENTS }, startForCalls);

/** How the messages that a call leads to are told apart here. */
const MIDS = { audio: "0", video: "1", data: "2" } as const;

/** Waits until all of a call has been told of: statistics of each medium are the last to come. */
async function established(events: CallEvents, media: readonly (keyof typeof MIDS)[]) {
  for (const medium of media) {
    await events.first(
      "32.3",
      ({ event }) => [event].flat().some(({ mid }) => mid === MIDS[medium]),
    );
  }
}

/** Asserts that these events are there, and came in this order. */
function assertOrder(seen: readonly ServerEvent[], expected: readonly (ServerEvent | undefined)[]) {
  const places = expected.map((event) => event === undefined ? -1 : seen.indexOf(event));
  assert(!places.includes(-1), `${places}`);
  assertEquals(places, places.toSorted((a, b) => a - b));
}

function keysOf(events: readonly ServerEvent[]): Set<string> {
  return new Set(events.map(eventKey));
}

/** What Janus tells of the hang-up, and of the ends of handle, session and client. */
async function endInOrder(call: Call, events: CallEvents) {
  await call.tell("hangup");
  const hangup = await events.first("16.6", ({ event }) => event.connection === "hangup");
  await call.tell("detach");
  const detached = await events.first("2", ({ event }) => event.name === "detached");
  await call.tell("destroy");
  const destroyed = await events.first("1", ({ event }) => event.name === "destroyed");
  await call[Symbol.asyncDispose]();
  const disconnected = await disconnection(events);
  return [hangup, detached, destroyed, disconnected];
}

/** The end of the client whose session it is. */
async function disconnection(events: CallEvents) {
  const { event: created } = await events.first("1");
  assert(created.name === "created" && created.transport !== undefined);
  const { id } = created.transport;
  return await events.first("128", ({ event }) => {
    return event.id === id && event.data.event === "disconnected";
  });
}

Deno.test("a call: every event of it arrives, as documented", async () => {
  const fixture = await shared();
  await using sub = await fixture.subscribe();
  await using call = await Call.start(fixture, { opaqueId: "a call", trickle: true, data: true });
  const events = new CallEvents(sub, call);
  await established(events, ["audio", "video", "data"]);
  for (const count of Object.values(await call.received())) assertGreater(count, 0);
  const ends = await endInOrder(call, events);

  const { seen } = events;
  const expected: EventKey[] = ["1", "2", "8", "16.1", "16.2", "16.3", "16.4", "16.5", "16.6"];
  expected.push("32.1", "32.3", "64", "128");
  // Janus's figures, and losses that a busy machine may have, come or don't.
  const maybe = new Set(["256.1", "32.2"]);
  assertEquals([...keysOf(seen).difference(maybe)].sort(), expected.sort());
  for (const event of seen) {
    assertEquals(event.emitter, "janus-zeromq");
    if (!("handle_id" in event)) continue;
    assertEquals([event.handle_id, event.opaque_id], [call.handle_id, "a call"]);
  }
  const [created, attached] = [await events.first("1"), await events.first("2")];
  assertEquals(attached.event, { name: "attached", plugin: ECHO, opaque_id: "a call" });
  assertEquals(events.of("64").map(({ event }) => event), [{
    plugin: ECHO,
    data: { audio_active: true, video_active: true, bitrate: 0 },
  }]);
  assertOrder(seen, [created, attached, ...events.of("8"), events.of("16.6")[0], ...ends]);
  assertConnection(events, call);
  assertMedia(events, await janusVersion(fixture));
});

/** The way to a connection: descriptions, candidates, ICE and DTLS. */
function assertConnection(events: CallEvents, call: Call) {
  assertEquals(events.of("8").map(({ event }) => event), [
    { owner: "remote", jsep: { type: "offer", sdp: call.offer.sdp } },
    { owner: "local", jsep: { type: "answer", sdp: call.answer.sdp } },
  ]);
  const states = events.of("16.1").map(({ event }) => event.ice);
  assertEquals([...new Set(states)], ["gathering", "connecting", "connected", "ready"]);
  for (const { event } of events.of("16.2")) assert(event["local-candidate"].includes(ADDRESS));
  for (const { event } of events.of("16.3")) assert(event["remote-candidate"].includes(ADDRESS));
  for (const { event } of events.of("16.4")) {
    assert(event.candidates !== undefined);
    for (const { address, transport, family } of Object.values(event.candidates)) {
      assertEquals([address, transport, family], [ADDRESS, "udp", 4]);
    }
  }
  const dtls = events.of("16.5").map(({ event }) => event.dtls);
  assertEquals([...new Set(dtls)], ["trying", "connected"]);
  const connection = events.of("16.6").map(({ event }) => event);
  assertEquals(connection, [
    { connection: "webrtcup" },
    { connection: "hangup", reason: "Janus API" },
  ]);
  assertOrder(events.seen, [
    events.of("16.1").find(({ event }) => event.ice === "ready"),
    events.of("16.5").at(-1),
    events.of("16.6")[0],
    events.of("32.1")[0],
  ]);
}

/** What media there were, once the call is up. */
function assertMedia(events: CallEvents, version: number) {
  for (const media of ["audio", "video"] as const) {
    const receiving = events.of("32.1").map(({ event }) => event);
    const first = receiving.find(({ mid }) => mid === MIDS[media]);
    assertEquals(first, { media, mid: MIDS[media], receiving: true });
  }
  const last = new Map<string, MediaStatistics>();
  for (const { event } of events.of("32.3")) {
    assert("media" in event, "statistics come one by one unless combine_media_stats is set");
    last.set(event.mid, event);
  }
  const codecs = [...last.values()].map((one) => one.media === "data" ? "data" : one.codec);
  assertEquals(codecs.sort(), ["data", "opus", "vp8"]);
  for (const statistics of last.values()) {
    assertEquals(statistics.mid, MIDS[statistics.media as keyof typeof MIDS]);
    assertGreater(statistics["packets-received"], 0);
    // Since 1.3 what data channels sent counts as received.
    if (statistics.media === "data" && version >= 1300) assertEquals(statistics["bytes-sent"], 0);
    else assertGreater(statistics["bytes-sent"], 0);
  }
}

Deno.test("combine_media_stats: statistics are arrays; losses and silence are told of", async () => {
  const events = { combine_media_stats: true };
  await using fixture = await startForCalls({ settings: { janus: { events } } });
  await using sub = await fixture.subscribe();
  await using call = await Call.start(fixture);
  await call.tell("lose 3");
  const told = new CallEvents(sub, call);
  for (const media of ["audio", "video"] as const) {
    for (const direction of ["uplink", "downlink"] as const) {
      const { event } = await told.first("32.2", ({ event }) => {
        return event.media === media && event.slow_link === direction;
      });
      assertEquals(event.mid, MIDS[media]);
      assertGreater(event.lost_lastsec, 1);
    }
  }
  await call.event("slowlink");
  await told.first("32.3");
  for (const { event } of told.of("32.3")) {
    assert(Array.isArray(event));
    assertEquals(event.map(({ mid, media }) => [mid, media]), [["0", "audio"], ["1", "video"]]);
  }

  await call.tell("pause");
  for (const media of ["audio", "video"] as const) {
    const { event } = await told.first("32.1", ({ event }) => {
      return event.media === media && !event.receiving;
    });
    assertEquals(event.mid, MIDS[media]);
  }
  const silent = told.of("32.1").length;
  await call.tell("resume");
  await told.first("32.1", (event) => told.of("32.1").indexOf(event) >= silent);
  assertEquals(told.of("32.1").at(-1)?.event.receiving, true);
});

/** As `version` says it: 1102 is 1.1.2. */
async function janusVersion(fixture: Fixture): Promise<number> {
  return (await fixture.admin("info")).version;
}

Deno.test("a killed client: its end is told of, as far as Janus does", async () => {
  const fixture = await shared();
  await using sub = await fixture.subscribe();
  await using call = await Call.start(fixture, { opaqueId: "killed" });
  const events = new CallEvents(sub, call);
  await events.first("32.1");
  await call.kill();
  await disconnection(events);
  await events.first("2", ({ event }) => event.name === "detached");
  await fixture.sessionGone(call.session_id);
  // Whatever else there is comes before this, as Janus keeps events in order.
  const mark = crypto.randomUUID();
  await fixture.emit({ mark });
  await events.first("4", ({ event }) => event.data.mark === mark);
  // Janus lets go of the connection and of the session at once: seldom it still knows the session
  // when it comes to tell of the hang-up.
  const [up, hangup, ...more] = events.of("16.6").map(({ event }) => event);
  assertEquals([up, more], [{ connection: "webrtcup" }, []]);
  assertEquals(hangup?.connection ?? "hangup", "hangup");
  const sessions = events.of("1").map(({ event }) => event.name);
  // Newer ones tell of the session as well.
  assertEquals(
    sessions,
    await janusVersion(fixture) < 1302 ? ["created"] : ["created", "destroyed"],
  );
});

Deno.test("a client that falls silent: newer ones of Janus tell it that ICE has failed", async () => {
  const nat = { ice_consent_freshness: true, hangup_on_failed: true };
  await using fixture = await startForCalls({ settings: { janus: { nat } } });
  if (await janusVersion(fixture) < 1201) return;
  await using sub = await fixture.subscribe();
  await using call = await Call.start(fixture, { opaqueId: "silent" });
  const events = new CallEvents(sub, call);
  await call.event("media");
  call.freeze(true);
  await events.first("16.1", ({ event }) => event.ice === "failed");
  const { event } = await events.first("16.6", ({ event }) => event.connection === "hangup");
  assertEquals(event, { connection: "hangup", reason: "ICE failed" });
  call.freeze(false);
  const { session_id, handle_id: sender } = call;
  assertEquals(await call.event("ice-failed"), { janus: "ice-failed", session_id, sender });
  await call.event("hangup");
});

Deno.test("a killed event process: the call goes on, and so does what is told of it", async () => {
  const fixture = await shared();
  await using sub = await fixture.subscribe();
  await using call = await Call.start(fixture, { opaqueId: "goes on" });
  const events = new CallEvents(sub, call);
  await events.first("32.1");
  const before = await call.received();
  const since = fixture.janus.log.count;
  Deno.kill(fixture.pid("events"), "SIGKILL");
  await fixture.ready("events", since);
  const microseconds = Date.now() * 1000;
  await events.first("32.3", ({ timestamp }) => timestamp > microseconds);
  const after = await call.received();
  assertLess(before.audio, after.audio);
  assertLess(before.video, after.video);
  await endInOrder(call, events);
});

Deno.test("a killed transport process: the call goes on, and its client can end it", async () => {
  const fixture = await shared();
  await using sub = await fixture.subscribe();
  await using call = await Call.start(fixture);
  const events = new CallEvents(sub, call);
  const before = await call.received();
  const since = fixture.janus.log.count;
  Deno.kill(fixture.pid("transport"), "SIGKILL");
  await fixture.ready("transport", since);
  assertLess(before.audio, (await call.received()).audio);
  await endInOrder(call, events);
});
