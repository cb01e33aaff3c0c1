/** What the monitor makes of events that are odd, many, or missing. */
import { Courses } from "../../../plugins/monitor/course.ts";
import { MAX_TEXT, TAIL_TEXT } from "../../../plugins/monitor/limits.ts";
import { assert, assertEquals, assertLess } from "../../assert.ts";
import {
  attached,
  BEGAN,
  event,
  modelOf,
  samplesOf,
  statistics,
  tell,
  valuesOf,
} from "./support.ts";

Deno.test("a label has 32 values; what is beyond is other, and counted", async () => {
  const model = modelOf();
  for (let i = 0; i < 100; i++) {
    const transport = { transport: `janus.transport.t${i}`, id: "1" };
    tell(model, 0, event(1, 0, { name: "created", transport }, { session_id: i + 1 }));
  }
  const values = await valuesOf(model, "janus_sessions_created_total");
  assertEquals(Object.keys(values).length, 33);
  assertEquals(values['transport="other"'], 68);
  assertEquals(await valuesOf(model, "janus_monitor_overflow_total"), { "": 68 });
});

Deno.test("reasons that Janus does not have, and unknown types, are other", async () => {
  const model = modelOf();
  tell(model, 0, ...attached());
  const hangup = { connection: "hangup", reason: "Ann's phone 192.0.2.1" };
  tell(model, 0, event(16, 6, hangup), event(512, 0, {}), event(32, 9, {}), event(16, 17, {}));
  assertEquals(await valuesOf(model, "janus_hangups_total"), { 'reason="other"': 1 });
  const events = await valuesOf(model, "janus_events_total");
  assertEquals(events['type="other",subtype="-"'], 1);
  assertEquals(events['type="media",subtype="other"'], 1);
});

const HOSTILE = {
  html: '<img src=x onerror="alert(1)">',
  rtl: "\u202egnp.exe\u2066",
  nul: 'a\0b\nc"d\\e',
  half: "\ud800",
  large: "x".repeat(1024 * 1024),
};

for (const [kind, name] of Object.entries(HOSTILE)) {
  Deno.test(`a hostile opaque id (${kind}) is kept as text, cut, and in no label`, async () => {
    const model = modelOf();
    tell(model, 0, ...attached(name));
    tell(
      model,
      0,
      event(64, 0, { plugin: name, data: { room: name, event: name } }, { opaque_id: name }),
    );
    const tick = model.tick(BEGAN + 1000);
    const text = JSON.stringify(tick);
    assertLess(text.length, 20_000);
    const [handle] = tick.handles;
    assertEquals(handle!.opaque_id, name.length > MAX_TEXT ? `${"x".repeat(MAX_TEXT - 1)}…` : name);
    // A frame is one line.
    assert(!/[\n\r]/.test(text));
    for (const { json, cut } of tick.tail) {
      assert(json.length <= TAIL_TEXT);
      if (!cut) JSON.parse(json);
    }
    for (const key of (await samplesOf(model)).keys()) {
      assert(!key.includes(name.slice(0, 50)) || name.length < 3, key);
    }
  });
}

Deno.test("a server's name in a label is escaped and cut, and shows what is unseen", async () => {
  const model = modelOf();
  const emitter = `a"b\\c\nd\u202e\x1b${"x".repeat(100)}`;
  tell(model, 0, event(4, 0, { schema: "s", data: {} }, { emitter }));
  const [key] = [...(await samplesOf(model)).keys()];
  assert(key!.startsWith('janus_up{instance_name="a\\"b\\\\c␊d⟨202E⟩␛xxx'), key);
  assertLess(key!.length, 100);
});

Deno.test("another server in the same place gets its own name, unless the operator gave one", () => {
  const model = modelOf([null, "fixed"]);
  const names = () => model.servers.map(({ name }) => name);
  const say = (emitter: string, type = 4, body: object = { schema: "s", data: {} }) => {
    for (const server of [0, 1]) {
      model.take(server, [event(type, 0, body, { emitter })], null, BEGAN);
    }
  };
  say("A");
  assertEquals(names(), ["A", "fixed"]);
  // One of another name may be a filter's.
  say("B");
  say("A");
  for (let i = 0; i < 19; i++) say("B");
  assertEquals(names(), ["A", "fixed"]);
  say("B");
  assertEquals(names(), ["B", "fixed"]);
  say("C", 256, { status: "started", info: {} });
  assertEquals(names(), ["C", "fixed"]);
  model.take(0, [event(4, 0, {}, { emitter: "C" })], 9, BEGAN);
  model.take(0, [event(4, 0, {}, { emitter: "D" })], 1, BEGAN);
  assertEquals(names(), ["D", "fixed"]);
});

Deno.test("numbers that cannot be are left out and counted; what follows counts as before", async () => {
  const model = modelOf();
  const implausible = async () => (await valuesOf(model, "janus_monitor_implausible_total"))[""];
  tell(model, 0, ...attached());
  const take = (at: number, values: object) => tell(model, at, event(32, 3, statistics(values)));
  take(1000, { "bytes-received": 1000, "packets-received": 10 });
  for (const odd of [1e308, -1e308, 2 ** 60, 10n ** 18n, 1e15]) {
    take(2000, { "bytes-received": odd, "packets-received": 20 });
  }
  take(2000, { "bytes-received": 2000, "packets-received": 1e13 });
  take(3000, { "bytes-received": 3000, "packets-received": 30, rtt: 1e300, "jitter-local": -5 });
  assertEquals(await valuesOf(model, "janus_media_bytes_total"), {
    'media="audio",direction="in"': 3000,
    'media="audio",direction="out"': 0,
  });
  assertEquals(
    (await valuesOf(model, "janus_media_rtt_seconds_sum"))['media="audio",origin="remote"'],
    0.02,
  );
  assertEquals(await implausible(), 8);
  const told = (number: number, at: number) => model.take(0, [event(4, 0, {})], number, BEGAN + at);
  told(1, 4000);
  told(Number.MAX_SAFE_INTEGER - 5, 4000);
  told(3, 5000);
  assertEquals((await valuesOf(model, "janus_monitor_missing_total"))[""], 1);
  assertEquals(await implausible(), 9);
  model.servers[0]!.takeDropped({ ring_full: { media: 1e308, jsep: 2 ** 60, core: 3 } });
  assertEquals(
    (await valuesOf(model, "janus_zeromq_dropped_total"))['cause="ring_full",type="core"'],
    3,
  );
  assertEquals(await implausible(), 11);
  // Timestamps of two different clocks.
  tell(model, 6000, event(8, 0, { owner: "remote", jsep: { type: "offer", sdp: "v=0" } }));
  tell(model, 6000, event(16, 6, { connection: "webrtcup" }, { timestamp: 1e308 }));
  assertEquals((await valuesOf(model, "janus_setup_seconds_sum"))[""], 0);
  for (const value of (await samplesOf(model)).values()) assert(value < 1e12, String(value));
});

Deno.test("a gap in the numbers is missing events; numbers from 1 on are another Janus", async () => {
  const model = modelOf();
  const take = (number: number, count = 1) => {
    const events = Array.from({ length: count }, () => event(4, 0, { schema: "s", data: {} }));
    model.take(0, events, number, BEGAN + number);
  };
  tell(model, 0, ...attached());
  take(10);
  take(11, 100);
  take(111);
  assertEquals(model.snapshot(BEGAN).servers[0]!.missing, 0);
  take(115);
  assertEquals(model.snapshot(BEGAN).servers[0]!.missing, 3);
  assertEquals(model.snapshot(BEGAN).servers[0]!.sessions, 1);
  take(3);
  const [server] = model.snapshot(BEGAN).servers;
  // What the new one told before that was before the monitor.
  assertEquals([server!.missing, server!.restarts, server!.sessions], [3, 1, 0]);
  assertEquals(await valuesOf(model, "janus_monitor_missing_total"), { "": 3 });
  assertEquals(await valuesOf(model, "janus_sessions_ended_total"), { 'reason="lost"': 1 });
});

Deno.test("drops that are told in-band are summed, until info has all of them", async () => {
  const model = modelOf();
  const [server] = model.servers;
  server!.takeDropped({ ring_full: { media: 12 } });
  server!.takeDropped({ ring_full: { media: 3, "<b>": 1 }, oversized: { jsep: 1 } });
  assertEquals(await valuesOf(model, "janus_zeromq_dropped_total"), {
    'cause="ring_full",type="media"': 15,
    'cause="oversized",type="jsep"': 1,
  });
  server!.takePluginInfo("eventhandler", {
    state: "running",
    dropped: { ring_full: { media: 40 }, oversized: { jsep: 1 } },
  }, BEGAN);
  server!.takeDropped({ ring_full: { media: 1 } });
  const values = await valuesOf(model, "janus_zeromq_dropped_total");
  assertEquals(values['cause="ring_full",type="media"'], 40);
  assertEquals(model.snapshot(BEGAN).servers[0]!.dropped, { ring_full: 40, oversized: 1 });
});

Deno.test("statistics: deltas by handle and medium, from 0 again, late packets not twice", async () => {
  const model = modelOf();
  tell(model, 0, ...attached(), ...attached(undefined, 23, 12));
  const tellStatistics = (second: number, handle_id: number, values: object) => {
    const timestamp = (BEGAN + second * 1000) * 1000;
    tell(model, second * 1000, event(32, 3, statistics(values), { handle_id, timestamp }));
  };
  tellStatistics(1, 22, { "bytes-received": 1000, "packets-received": 10, lost: 5 });
  tellStatistics(1, 23, { "bytes-received": 500, "packets-received": 5 });
  tellStatistics(2, 22, { "bytes-received": 3000, "packets-received": 30, lost: 4 });
  tellStatistics(3, 22, { "bytes-received": 4000, "packets-received": 40, lost: 5 });
  const bytes = () => valuesOf(model, "janus_media_bytes_total");
  assertEquals((await bytes())['media="audio",direction="in"'], 4500);
  const lost = await valuesOf(model, "janus_media_lost_packets_total");
  assertEquals(lost['media="audio",origin="local"'], 5);
  assertEquals(model.call(0, "22", BEGAN + 3000)!.media[0]!.columns.kbps_in.slice(-3), [
    null,
    16,
    8,
  ]);
  tellStatistics(4, 22, { "bytes-received": 100, "packets-received": 1 });
  assertEquals((await bytes())['media="audio",direction="in"'], 4600);
  tell(model, 5000, event(2, 0, { name: "detached" }));
  tell(model, 5000, event(2, 0, { name: "attached" }));
  tellStatistics(6, 22, { "bytes-received": 7, "packets-received": 1 });
  assertEquals((await bytes())['media="audio",direction="in"'], 4607);
});

Deno.test("a handle that was there before is counted from its first statistics on", async () => {
  const model = modelOf();
  tell(model, 0, event(32, 3, statistics({ "bytes-received": 1e9, "packets-received": 1e6 })));
  tell(
    model,
    0,
    event(32, 3, statistics({ "bytes-received": 1e9 + 5, "packets-received": 1e6 + 1 })),
  );
  const bytes = await valuesOf(model, "janus_media_bytes_total");
  assertEquals(bytes['media="audio",direction="in"'], 5);
  assertEquals(model.snapshot(BEGAN).handles[0]!.phase, "up");
});

Deno.test("a gap of seconds is a gap in the course; ten minutes are kept", () => {
  const model = modelOf();
  tell(model, 0, ...attached());
  for (let second = 0; second < 700; second++) {
    if (second >= 400 && second < 650) continue;
    const timestamp = (BEGAN + second * 1000) * 1000;
    tell(model, second * 1000, event(32, 3, statistics({ rtt: 20 + second % 3 }), { timestamp }));
  }
  const { first, media } = model.call(0, "22", BEGAN + 699_000)!;
  assertEquals(first, BEGAN / 1000 + 100);
  const { rtt } = media[0]!.columns;
  assertEquals(rtt.length, 600);
  assertEquals(
    rtt.map((one) => one === null ? "-" : "x").join(""),
    "x".repeat(300) + "-".repeat(250) + "x".repeat(50),
  );
});

Deno.test("courses beyond the limit are left out, which is said, until there is room", () => {
  const model = modelOf([null], { courses: new Courses(2, 2) });
  for (let handle = 1; handle <= 3; handle++) {
    tell(model, 0, ...attached(undefined, handle, handle + 10));
    tell(model, 0, event(32, 3, statistics(), { handle_id: handle, session_id: handle + 10 }));
  }
  const { handles, left_out } = model.tick(BEGAN + 1000);
  assertEquals(handles.map(({ course }) => course), [true, true, false]);
  assertEquals(left_out.courses, 1);
  assertEquals(model.call(0, "3", BEGAN + 1000)!.media[0]!.columns.rtt, []);
  tell(model, 2000, event(2, 0, { name: "detached" }, { handle_id: 1, session_id: 11 }));
  // It is shown for a while yet.
  for (let second = 3; second < 70; second++) model.tick(BEGAN + second * 1000);
  tell(model, 70_000, event(32, 3, statistics(), { handle_id: 3, session_id: 13 }));
  assertEquals(model.tick(BEGAN + 71_000).left_out.courses, 0);
  assert(model.call(0, "3", BEGAN + 71_000)!.media[0]!.columns.rtt.includes(20));
});

Deno.test("sessions and handles that come and go leave nothing behind", () => {
  const model = modelOf();
  for (let i = 1; i <= 20_000; i++) {
    const more = { session_id: i, handle_id: i + 100_000 };
    tell(model, i, ...attached("x", i + 100_000, i));
    tell(
      model,
      i,
      event(8, 0, { owner: "remote", jsep: { type: "offer", sdp: "v=0".repeat(1000) } }, more),
    );
    tell(model, i, event(2, 0, { name: "detached" }, more));
    tell(model, i, event(1, 0, { name: "destroyed" }, { session_id: i, handle_id: undefined }));
    if (i % 1000 === 0) model.tick(BEGAN + i);
  }
  assertLess(model.snapshot(BEGAN).handles.length, 2000);
  for (let second = 0; second < 90; second++) model.tick(BEGAN + 20_000 + second * 1000);
  const { handles, sessions } = model.snapshot(BEGAN);
  assertEquals([handles, sessions], [[], []]);
});

Deno.test("a call whose end was missed is over when it tells no more statistics", () => {
  const model = modelOf();
  const [server] = model.servers;
  server!.setLink("events", "up", BEGAN);
  for (const handle_id of [1, 2]) {
    const session_id = handle_id + 10;
    tell(model, 0, ...attached(undefined, handle_id, session_id));
    tell(model, 0, event(16, 6, { connection: "webrtcup" }, { handle_id, session_id }));
    tell(model, 0, event(32, 3, statistics(), { handle_id, session_id }));
  }
  server!.setLink("events", "lost", BEGAN + 1000);
  server!.setLink("events", "up", BEGAN + 5000);
  for (let second = 6; second < 70; second++) {
    tell(model, second * 1000, event(32, 3, statistics(), { handle_id: 2, session_id: 12 }));
    model.tick(BEGAN + second * 1000);
  }
  const calls = model.snapshot(BEGAN).handles.map((
    { id, phase, ended_by },
  ) => [id, phase, ended_by]);
  assertEquals(calls, [["1", "over", "unseen"], ["2", "up", null]]);
});

Deno.test("sessions that may have ended unseen go when Janus says how many it has, or which", () => {
  const model = modelOf();
  const [server] = model.servers;
  for (const id of [1, 2, 3]) tell(model, 0, ...attached(undefined, id + 10, id));
  const count = () => model.snapshot(BEGAN).sessions.map(({ id }) => id);
  const update = (sessions: number) =>
    event(256, 1, { status: "update", info: { sessions, handles: 0, peerconnections: 0 } });
  tell(model, 1000, update(1));
  assertEquals(count(), ["1", "2", "3"]);
  server!.inventory.doubt(BEGAN + 2000);
  tell(model, 3000, ...attached(undefined, 14, 4));
  tell(model, 4000, update(3));
  assertEquals(count(), ["2", "3", "4"]);
  server!.inventory.seed([3, 4, 5], BEGAN + 9000, BEGAN + 9000);
  assertEquals(count(), ["3", "4", "5"]);
});

Deno.test("servers of one name are told apart in metrics", async () => {
  const model = modelOf([null, null, "other"]);
  for (const server of [0, 1, 2]) model.take(server, [event(4, 0, {})], null, BEGAN);
  const names = [...(await samplesOf(model)).keys()].filter((key) => key.startsWith("janus_up{"));
  assertEquals(names, [
    'janus_up{instance_name="lab (tcp://10.1.2.3:5546)"}',
    'janus_up{instance_name="lab (tcp://10.1.2.4:5546)"}',
    'janus_up{instance_name="other"}',
  ]);
});

Deno.test("servers of one name whose endpoints are hidden are told apart, too", async () => {
  const model = modelOf([null, null], { redact: true });
  const names = [...(await samplesOf(model)).keys()].filter((key) => key.startsWith("janus_up{"));
  assertEquals(names.length, 2);
});
