/** A server that goes and comes back: what is told of it meanwhile, and how its start is noticed. */
import { assert, assertEquals } from "../../assert.ts";
import { attached, BEGAN, event, statistics, tell, valuesOf } from "./support.ts";
import { Model } from "../../../plugins/monitor/model.ts";

const CURRENT = [
  "janus_sessions",
  "janus_handles",
  "janus_peerconnections",
  "janus_videoroom_rooms",
  "janus_zeromq_ring_bytes",
];

function watched() {
  const model = new Model([{ name: "a", endpoint: "tcp://10.1.2.3:5546", admin: true }], BEGAN);
  const server = model.servers[0]!;
  let number = 1;
  return {
    model,
    server,
    /** A message with one event. */
    event: (at: number, from = number) => {
      number = from + 1;
      model.take(0, [event(4, 0, { schema: "s", data: {} })], from, BEGAN + at);
    },
    info: (at: number, began: number, plugin: "transport" | "eventhandler" = "eventhandler") =>
      server.takePluginInfo(plugin, { state: "running", began: BEGAN + began }, BEGAN + at),
    link: (at: number, state: "up" | "lost", which?: "events" | "admin") => {
      for (const one of which === undefined ? ["events", "admin"] as const : [which]) {
        server.setLink(one, state, BEGAN + at);
      }
    },
    show: () => model.snapshot(BEGAN).servers[0]!,
    missing: async () => (await valuesOf(model, "janus_monitor_missing_total"))[""],
  };
}

/** With a session, a call and a room. */
function busy() {
  const one = watched();
  one.link(0, "up");
  one.info(0, -5000, "transport");
  one.info(0, -4000);
  tell(one.model, 10, ...attached());
  tell(one.model, 20, event(16, 6, { connection: "webrtcup" }), event(32, 3, statistics()));
  const joined = { event: "joined", room: 1, id: 2 };
  tell(one.model, 30, event(64, 0, { plugin: "janus.plugin.videoroom", data: joined }));
  one.event(40);
  return one;
}

Deno.test("a server that nobody hears of: since when, and no metric that looks current", async () => {
  const { model, link, show } = busy();
  assertEquals([show().as_of, show().sessions, show().rooms], [null, 1, 1]);
  for (const name of CURRENT) assert(Object.keys(await valuesOf(model, name)).length > 0, name);
  link(3000, "lost", "events");
  assertEquals(show().as_of, null);
  assertEquals(await valuesOf(model, "janus_events_up"), { "": 0 });
  assertEquals(await valuesOf(model, "janus_sessions"), { "": 1 });
  link(7000, "lost", "admin");
  assertEquals(show().as_of, BEGAN + 7000);
  for (const name of CURRENT) assertEquals(await valuesOf(model, name), {}, name);
  assertEquals(await valuesOf(model, "janus_up"), { "": 0 });
  assertEquals(await valuesOf(model, "janus_zeromq_up"), {
    'plugin="transport"': 0,
    'plugin="eventhandler"': 0,
  });
  assertEquals(await valuesOf(model, "janus_sessions_created_total"), {
    'transport="janus.transport.zeromq"': 1,
  });
  link(9000, "up", "events");
  assertEquals(show().as_of, null);
  assertEquals(await valuesOf(model, "janus_sessions"), { "": 1 });
});

Deno.test("a server that was never heard of has no as-of", () => {
  assertEquals(watched().show().as_of, null);
});

const BACK = {
  "the Admin API, then the numbers go on from more": (one: ReturnType<typeof busy>) => {
    one.link(20_000, "up", "admin");
    one.info(20_000, 15_000, "transport");
    one.info(20_010, 18_000);
    one.link(21_000, "up", "events");
    one.event(21_000, 70);
  },
  "numbers that are greater, then the Admin API": (one: ReturnType<typeof busy>) => {
    one.link(20_000, "up", "events");
    one.event(20_000, 70);
    one.link(21_000, "up", "admin");
    one.info(21_000, 15_000, "transport");
    one.info(21_010, 18_000);
  },
  "numbers that are smaller, then the Admin API": (one: ReturnType<typeof busy>) => {
    one.event(19_000, 50);
    one.link(19_100, "lost", "events");
    one.link(20_000, "up", "events");
    one.event(20_000, 7);
    one.link(21_000, "up", "admin");
    one.info(21_000, 15_000, "transport");
    one.info(21_010, 18_000);
  },
  "the Admin API, then numbers that are smaller": (one: ReturnType<typeof busy>) => {
    one.event(19_000, 50);
    one.link(19_100, "lost", "events");
    one.link(20_000, "up", "admin");
    one.info(20_000, 15_000, "transport");
    one.info(20_010, 18_000);
    one.link(21_000, "up", "events");
    one.event(21_000, 7);
  },
  "numbers from 1 on, and word of the start": (one: ReturnType<typeof busy>) => {
    one.link(16_000, "up", "events");
    one.event(16_000, 1);
    tell(one.model, 16_100, event(256, 1, { status: "started", info: {} }));
    one.link(21_000, "up", "admin");
    one.info(21_000, 15_000, "transport");
    one.info(21_010, 18_000);
  },
};

for (const [how, come] of Object.entries(BACK)) {
  Deno.test(`a crash and a start are one restart, with its time, and nothing is missing: ${how}`, async () => {
    const one = busy();
    const { model, show } = one;
    one.link(10_000, "lost");
    const before = (await one.missing())!;
    come(one);
    for (let second = 22; second < 60; second++) model.tick(BEGAN + second * 1000);
    one.info(60_000, 15_000, "transport");
    const { restarts, started, sessions, rooms, calls } = show();
    // Numbers that are smaller came after more of the old ones, of which some did not.
    const gap = how.includes("smaller") ? 48 : 0;
    assertEquals([restarts, sessions, rooms, calls], [1, 0, 0, 0]);
    assertEquals(started, BEGAN + 15_000);
    assertEquals(await one.missing(), before + gap);
    assertEquals(await valuesOf(model, "janus_restarts_total"), { "": 1 });
  });
}

Deno.test("what is missing after a cut connection to the same Janus is missing", async () => {
  const one = busy();
  one.link(10_000, "lost", "events");
  one.link(20_000, "up", "events");
  one.event(20_000, 70);
  assertEquals(await one.missing(), 0);
  one.info(22_000, -4000);
  assertEquals(await one.missing(), 68);
  assertEquals([one.show().restarts, one.show().sessions], [0, 1]);
  one.link(30_000, "lost", "events");
  one.link(31_000, "up", "events");
  one.event(31_000, 80);
  // Nobody tells.
  for (let second = 32; second < 70; second++) one.model.tick(BEGAN + second * 1000);
  assertEquals(await one.missing(), 77);
});

Deno.test("what the new Janus has is kept when info tells that it is another one", () => {
  const one = busy();
  one.link(10_000, "lost");
  one.link(20_000, "up", "events");
  tell(one.model, 20_500, ...attached(undefined, 44, 33));
  one.link(21_000, "up", "admin");
  one.info(21_000, 15_000);
  assertEquals(one.model.snapshot(BEGAN).sessions.map(({ id }) => id), ["33"]);
  const calls = one.model.snapshot(BEGAN).handles.map((call) => [call.id, call.ended_by]);
  assertEquals(calls, [["22", "lost"], ["44", null]]);
});

Deno.test("calls that are over say how they ended, and are not bad", () => {
  const { model } = busy();
  const call = (handle_id: number) => {
    const more = { handle_id, session_id: handle_id + 100 };
    const bad = [1, 2, 3].map((second) =>
      event(32, 3, statistics({ "packets-received": second * 10, lost: second * 10 }), {
        ...more,
        timestamp: (BEGAN + second * 1000) * 1000,
      })
    );
    tell(model, 100, ...attached(undefined, handle_id, handle_id + 100));
    tell(model, 200, event(16, 6, { connection: "webrtcup" }, more), ...bad);
    return more;
  };
  const calls = [1, 2, 3].map(call);
  model.tick(BEGAN + 4000);
  const worst = () =>
    model.snapshot(BEGAN).handles.filter(({ id }) => Number(id) < 4).map((one) => [
      one.trouble.in,
      one.ended_by,
      one.reason,
    ]);
  assertEquals(worst(), [[2, null, null], [2, null, null], [2, null, null]]);
  tell(model, 5000, event(16, 6, { connection: "hangup", reason: "DTLS alert" }, calls[0]));
  tell(model, 5000, event(2, 0, { name: "detached" }, calls[0]));
  tell(model, 5000, event(2, 0, { name: "detached" }, calls[1]));
  tell(
    model,
    5000,
    event(128, 0, {
      transport: "janus.transport.zeromq",
      id: "103",
      data: { event: "disconnected" },
    }),
  );
  tell(model, 5000, event(2, 0, { name: "detached" }, calls[2]));
  model.tick(BEGAN + 9000);
  assertEquals(worst(), [[0, "hangup", "DTLS alert"], [0, "detached", null], [0, "gone", null]]);
});
