/** Twelve recorded calls: what was counted by hand, and what the metrics say. */
import { assert, assertEquals } from "../../assert.ts";
import { modelOf, recordedCalls, samplesOf, valuesOf } from "./support.ts";

const SERVER = 'instance_name="lab"';

/** All of them, a second after the other. */
function replayed(combined = false) {
  const model = modelOf();
  let tick = 0;
  for (const event of recordedCalls()) {
    const now = Math.floor(event.timestamp / 1000);
    if (tick === 0) tick = now;
    for (; tick + 1000 <= now; tick += 1000) model.tick(tick + 1000);
    const statistics = event.type === 32 && event.subtype === 3;
    const one = combined && statistics ? { ...event, event: [event.event].flat() } : event;
    model.take(0, [one as typeof event], null, now);
  }
  return { model, end: tick };
}

for (const combined of [false, true]) {
  Deno.test(`metrics of recorded calls are as counted by hand${combined ? ", combined" : ""}`, async () => {
    const { model } = replayed(combined);
    const values = (metric: string) => valuesOf(model, metric);
    assertEquals(await values("janus_media_bytes_total"), {
      'media="audio",direction="in"': 66347,
      'media="audio",direction="out"': 64051,
      'media="video",direction="in"': 727071,
      'media="video",direction="out"': 727751,
      'media="data",direction="in"': 18715,
      'media="data",direction="out"': 16457,
    });
    assertEquals(await values("janus_media_packets_total"), {
      'media="audio",direction="in"': 2201,
      'media="audio",direction="out"': 2200,
      'media="video",direction="in"': 1089,
      'media="video",direction="out"': 1089,
      'media="data",direction="in"': 99,
      'media="data",direction="out"': 116,
    });
    const lost = await values("janus_media_lost_packets_total");
    assertEquals(lost['media="audio",origin="local"'], 137);
    // Another 62, at once, of which Janus itself lacked all: an echo.
    assertEquals(lost['media="video",origin="remote"'], 6);
    const nacks = await values("janus_media_nacks_total");
    assertEquals(nacks['media="video",direction="in"'], 748);
    assertEquals(nacks['media="video",direction="out"'], 136);
    assertEquals(await values("janus_slow_links_total"), {
      'media="audio",direction="out"': 3,
      'media="audio",direction="in"': 4,
      'media="video",direction="out"': 2,
      'media="video",direction="in"': 3,
    });
  });
}

Deno.test("sessions, handles and states of recorded calls are as counted by hand", async () => {
  const { model, end } = replayed();
  for (let second = 1; second <= 10; second++) model.tick(end + second * 1000);
  const values = (metric: string) => valuesOf(model, metric);
  assertEquals(await values("janus_sessions_created_total"), {
    'transport="janus.transport.websockets"': 12,
  });
  assertEquals(await values("janus_sessions_ended_total"), {
    'reason="destroyed"': 7,
    'reason="timeout"': 1,
    'reason="gone"': 4,
  });
  assertEquals(await values("janus_ice_state_total"), {
    'state="gathering"': 12,
    'state="connecting"': 12,
    'state="connected"': 12,
    'state="ready"': 12,
  });
  assertEquals(await values("janus_dtls_state_total"), {
    'state="trying"': 12,
    'state="connected"': 12,
  });
  assertEquals(await values("janus_hangups_total"), {
    'reason="Janus API"': 6,
    'reason="DTLS alert"': 1,
  });
  const samples = await samplesOf(model);
  const value = (name: string) => samples.get(`${name}{${SERVER}}`);
  assertEquals(value("janus_sessions"), 0);
  assertEquals(value("janus_peerconnections"), 0);
  assertEquals(value("janus_setup_seconds_count"), 12);
  assertEquals(value("janus_call_seconds_count"), 12);
  assertEquals(await values("janus_handles"), {});
  const events = await values("janus_events_total");
  assertEquals(events['type="media",subtype="stats"'], 156);
  assertEquals(events['type="webrtc",subtype="rcand"'], 31);
  assertEquals(events['type="core",subtype="shutdown"'], 1);
  assertEquals(Object.values(events).reduce((sum, one) => sum + one), 448);
  assertEquals(await values("janus_info"), { 'version="1.1.2"': 1 });
  const pairs = await values("janus_selected_candidates_total");
  assertEquals(Object.values(pairs).reduce((sum, one) => sum + one), 24);
  const ratios = await values("janus_media_loss_ratio_count");
  assert(ratios['media="audio",origin="local"']! > 20, JSON.stringify(ratios));
});

Deno.test("the page's state follows the calls, and forgets them a while after their end", () => {
  const model = modelOf();
  const events = recordedCalls();
  const middle = events.findIndex((one) => one.type === 32 && one.subtype === 2);
  for (const event of events.slice(0, middle + 1)) {
    model.take(0, [event], null, Math.floor(event.timestamp / 1000));
  }
  const now = Math.floor(events[middle]!.timestamp / 1000);
  const { handles, servers } = model.tick(now);
  const slow = handles.find(({ media }) => media.some((one) => one.slow_in + one.slow_out > 0));
  assert(slow !== undefined);
  assertEquals([slow.phase, slow.plugin], ["up", "janus.plugin.echotest"]);
  assert(slow.trouble.reasons.includes("slow_link"), JSON.stringify(slow.trouble));
  assertEquals(servers[0]!.calls > 0, true);
  const course = model.call(0, slow.id, now)!;
  assert(course.marks.some(({ kind }) => kind === "slow_link"));
  assert(course.media[0]!.columns.kbps_in.some((value) => value !== null));
  assertEquals(course.jsep.local?.type, "answer");
  for (const event of events.slice(middle + 1)) {
    model.take(0, [event], null, Math.floor(event.timestamp / 1000));
  }
  const end = Math.floor(events.at(-1)!.timestamp / 1000);
  const gone = new Set<string>();
  for (let second = 1; second < 80; second++) {
    for (const [, id] of model.tick(end + second * 1000).gone_handles) gone.add(id);
  }
  assert(gone.has(slow.id));
  assertEquals(model.snapshot(end).handles, []);
});
