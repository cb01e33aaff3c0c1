/** The monitor at real WebRTC calls. */
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { Call, startForCalls } from "./support/call.ts";
import { CallEvents } from "./support/call_events.ts";
import { type Fixture, sharedFixture } from "./support/fixture.ts";
import { RunningMonitor } from "./support/monitor.ts";
import type { MediaStatistics } from "../../plugins/janus/events.ts";
import type { HandleState } from "../../plugins/monitor/wire.ts";

const shared = sharedFixture(
  { settings: { event_handler: { general: { sequence: true } } } },
  startForCalls,
);

/** The handle of a call, as a browser is told. */
async function handleOf(monitor: RunningMonitor, call: Call): Promise<HandleState | undefined> {
  const { handles } = await monitor.snapshot();
  return handles.find(({ id }) => id === String(call.handle_id));
}

Deno.test("a call appears, its curves move, a slow link marks it, and a hangup ends it", async () => {
  const fixture: Fixture = await shared();
  await using monitor = await RunningMonitor.of(fixture);
  await using call = await Call.start(fixture, { opaqueId: "a call", trickle: true, data: true });
  await monitor.until("to see media of all kinds", async () => {
    const handle = await handleOf(monitor, call);
    return handle?.media.length === 3 && handle.media.some(({ point }) => point[5] !== null);
  });
  const up = (await handleOf(monitor, call))!;
  assertEquals([up.phase, up.ice, up.dtls, up.opaque_id, up.course], [
    "up",
    "ready",
    "connected",
    "a call",
    true,
  ]);
  assertEquals(up.media.map(({ media }) => media).sort(), ["audio", "data", "video"]);
  assertEquals(await monitor.metric("janus_peerconnections"), { "": 1 });
  assertEquals(await monitor.metric("janus_setup_seconds_count"), { "": 1 });
  assertEquals((await monitor.server()).period, 1);
  const bytes = await monitor.metric("janus_media_bytes_total");
  assertGreater(bytes['media="video",direction="in"']!, 1000);
  assertGreater(bytes['media="audio",direction="out"']!, 100);

  await call.tell("lose 3");
  await monitor.until("to see a slow link", async () => {
    const handle = await handleOf(monitor, call);
    return handle?.trouble.reasons.includes("slow_link") === true;
  });
  await monitor.until("to see what is lost", async () => {
    const { media } = await monitor.call(call.handle_id);
    return media.some(({ columns }) => columns.loss_in.some((ratio) => (ratio ?? 0) > 0.1));
  });
  const lost = await monitor.metric("janus_media_lost_packets_total");
  assertGreater(lost['media="video",origin="local"']! + lost['media="audio",origin="local"']!, 0);

  await call.tell("hangup");
  await monitor.until(
    "to see the hangup",
    async () => (await handleOf(monitor, call))?.phase === "over",
  );
  assertEquals((await handleOf(monitor, call))!.reason, "Janus API");
  assertEquals(await monitor.metric("janus_hangups_total"), { 'reason="Janus API"': 1 });
  assertEquals(await monitor.metric("janus_call_seconds_count"), { "": 1 });
  const course = await monitor.call(call.handle_id);
  const kinds = new Set(course.marks.map(({ kind }) => kind));
  for (
    const kind of ["attached", "jsep", "ice", "dtls", "pair", "up", "slow_link", "hangup"] as const
  ) {
    assert(kinds.has(kind), `${[...kinds]}`);
  }
  assertEquals(course.pair?.local.address, "10.99.0.1");
  assertEquals([course.jsep.remote?.type, course.jsep.local?.type], ["offer", "answer"]);
  const rates = course.media.find(({ media }) => media === "video")!.columns.kbps_in;
  assert(rates.filter((rate) => rate !== null && rate > 0).length >= 2, `${rates}`);
  assertEquals(await monitor.metric("janus_monitor_missing_total"), { "": 0 });
});

Deno.test("--redact: no address and no name, in frames, calls or metrics", async () => {
  const fixture = await shared();
  await using monitor = await RunningMonitor.of(fixture, "--redact");
  const opaqueId = "Ann <ann@example.org>";
  await using call = await Call.start(fixture, { opaqueId, trickle: true });
  await monitor.until(
    "to see the pair",
    async () =>
      (await handleOf(monitor, call)) !== undefined &&
      (await monitor.call(call.handle_id)).pair !== null,
  );
  const all = [
    JSON.stringify(await monitor.snapshot()),
    JSON.stringify(await monitor.call(call.handle_id)),
    (await monitor.get("/metrics")).text,
  ].join("\n");
  assert(!all.includes("10.99.0.1") && !all.includes("ann@"), all);
  const { pair, handle, jsep } = await monitor.call(call.handle_id);
  assertEquals(pair?.local.address, null);
  assert(handle.opaque_id?.startsWith("hidden-"), handle.opaque_id ?? "");
  assert(jsep.local?.sdp.includes("m=audio"), jsep.local?.sdp);
  assert((await monitor.snapshot()).redacted);
});

Deno.test("a monitor that comes later counts from then on", async () => {
  const fixture = await shared();
  await using call = await Call.start(fixture, { opaqueId: "before", trickle: true });
  await call.event("media");
  await using monitor = await RunningMonitor.of(fixture);
  await monitor.until(
    "to see it",
    async () =>
      (await handleOf(monitor, call))?.media.some(({ point }) => point[5] !== null) === true,
  );
  const handle = (await handleOf(monitor, call))!;
  assertEquals([handle.phase, handle.opaque_id], ["up", "before"]);
  assertEquals(await monitor.metric("janus_setup_seconds_count"), { "": 0 });
  // What is lost when it is killed is told by its client's end alone.
  await call.kill();
  await monitor.until("to see it go", async () => (await monitor.server()).calls === 0);
});

/** What statistics come to, as the monitor names it, by what Janus told last of each medium. */
function totals(statistics: Iterable<MediaStatistics>) {
  const bytes: Record<string, number> = {};
  const packets: Record<string, number> = {};
  for (const one of statistics) {
    for (const [direction, word] of [["in", "received"], ["out", "sent"]] as const) {
      const labels = `media="${one.media}",direction="${direction}"`;
      bytes[labels] = one[`bytes-${word}`];
      packets[labels] = one[`packets-${word}`];
    }
  }
  return { bytes, packets };
}

for (const combine_media_stats of [false, true]) {
  Deno.test(`combine_media_stats = ${combine_media_stats}: the sums are Janus's own`, async () => {
    const events = { combine_media_stats };
    await using fixture = await startForCalls({ settings: { janus: { events } } });
    await using sub = await fixture.subscribe();
    await using monitor = await RunningMonitor.of(fixture);
    await using call = await Call.start(fixture, { opaqueId: "summed", trickle: true, data: true });
    const told = new CallEvents(sub, call);
    // Of each medium several, as each is told once a second.
    let after = 0;
    for (let second = 0; second < 3; second++) {
      const { timestamp, event } = await told.first("32.3", ({ event, timestamp }) => {
        return timestamp > after && [event].flat().some(({ media }) => media === "data");
      });
      assertEquals(Array.isArray(event), combine_media_stats);
      after = timestamp;
    }
    await call.tell("hangup");
    await told.first("16.6", ({ event }) => event.connection === "hangup");
    await monitor.until(
      "to see the hangup",
      async () => (await handleOf(monitor, call))?.phase === "over",
    );
    // Whatever else there is comes before this, as Janus keeps events in order.
    await fixture.emit({ mark: "end" });
    await told.first("4");
    const last = new Map(
      told.of("32.3").flatMap(({ event }) => event).map((one) => [one.mid, one]),
    );
    assertEquals([...last.values()].map(({ media }) => media).sort(), ["audio", "data", "video"]);
    const { bytes, packets } = totals(last.values());
    assertEquals(await monitor.metric("janus_media_bytes_total"), bytes);
    assertEquals(await monitor.metric("janus_media_packets_total"), packets);
    assertGreater(packets['media="audio",direction="in"']!, 0);
    const { media } = await monitor.call(call.handle_id);
    for (const { media: kind, columns } of media) {
      assert(columns.kbps_in.filter((rate) => rate !== null && rate > 0).length >= 1, kind);
    }
  });
}
