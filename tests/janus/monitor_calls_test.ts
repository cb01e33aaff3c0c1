/** The monitor at real WebRTC calls. */
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { Call, startForCalls } from "./support/call.ts";
import { type Fixture, sharedFixture } from "./support/fixture.ts";
import { RunningMonitor } from "./support/monitor.ts";
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
