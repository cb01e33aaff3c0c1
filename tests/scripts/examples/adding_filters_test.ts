/** Examples of filters that add something: alone, and on recorded calls. */
import { sampleEvent, type ServerEvent, testFilter } from "../../../mod.ts";
import customers from "../../../scripts/examples/filters/customers.json" with { type: "json" };
import enrich from "../../../scripts/examples/filters/enrich.ts";
import locate from "../../../scripts/examples/filters/locate.ts";
import prometheus from "../../../scripts/examples/filters/prometheus.ts";
import slowLinkAlert from "../../../scripts/examples/filters/slow_link_alert.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { recordedEvents } from "./recording.ts";

const START = sampleEvent("sessions").timestamp;
/** A time some seconds after that of the samples. */
const at = (seconds: number) => ({ timestamp: START + seconds * 1e6 });

Deno.test("slow_link_alert tells of the third slow link within ten seconds", async () => {
  await using test = await testFilter(slowLinkAlert);
  const slow = (seconds: number, handle_id: number) =>
    sampleEvent("media.slowlink", { ...at(seconds), handle_id });
  for (const event of [slow(0, 1), slow(6, 1), slow(7, 2), slow(11, 1)]) {
    assertEquals(await test.send(event), [event]);
  }
  const passed = await test.send<object>(slow(12, 1));
  assertEquals(passed, [{
    emitter: "janus",
    type: 4,
    ...at(12),
    event: {
      schema: "slow-link-alert",
      data: {
        session_id: 1001,
        handle_id: 1,
        opaque_id: "user-1",
        slow_links: 3,
        seconds: 10,
      },
    },
  }, slow(12, 1)]);
  const topics = test.passed.map(({ topic }) => topic);
  assertEquals(topics.slice(-2), [
    "alerts.slowlink.1001",
    "media.slowlink.1001.",
  ]);
  assertEquals(test.log.map(({ text }) => text), [
    "Handle 1 had 3 slow links within 10 s",
  ]);
  // It begins anew, and forgets handles that are gone.
  assertEquals((await test.send(slow(13, 1))).length, 1);
  assertEquals((await test.send(slow(13, 1))).length, 1);
  await test.send(
    sampleEvent("handles", { handle_id: 1, event: { name: "detached" } }),
  );
  assertEquals((await test.send(slow(13, 1))).length, 1);
});

Deno.test("slow_link_alert in recorded calls: every event goes on, alerts come on top", async () => {
  const events = recordedEvents();
  await using test = await testFilter(slowLinkAlert);
  const passed = await test.sendAll(events);
  const alerts = passed.filter((event) =>
    event.type === 4 && event.event.schema === "slow-link-alert"
  );
  assert(alerts.length > 0);
  assertEquals(passed.filter((event) => !alerts.includes(event)), events);
});

Deno.test("enrich adds the customer that the table knows", async () => {
  await using test = await testFilter(enrich);
  const [known] = await test.send<object>(
    sampleEvent("media.state", { opaque_id: "user-1" }),
  );
  assertEquals(Reflect.get(known ?? {}, "customer"), {
    name: "Sample and Sons",
    plan: "silver",
  });
  const unknown = sampleEvent("media.state", { opaque_id: "constructor" });
  assertEquals(await test.send(unknown), [unknown]);
  assertMatch(test.log[0]?.text ?? "", /^\d+ customers are known$/);
});

Deno.test("enrich in recorded calls: each event of a customer's handles", async () => {
  const events = recordedEvents();
  await using test = await testFilter(enrich);
  const passed = await test.sendAll<object>(events);
  assertEquals(passed.length, events.length);
  const named = passed.filter((event) => "customer" in event);
  const expected = events.filter((event) =>
    "opaque_id" in event && event.opaque_id !== undefined && event.opaque_id in customers
  );
  assert(expected.length > 10);
  assertEquals(named.length, expected.length);
});

Deno.test("prometheus counts, and tells so every fifteen seconds on a topic of its own", async () => {
  await using test = await testFilter(prometheus);
  for (const seconds of [0, 1, 14]) {
    await test.send(sampleEvent("media.stats", at(seconds)));
  }
  await test.send(sampleEvent("sessions", at(14)));
  assertEquals(test.passed.length, 4);
  await test.send(sampleEvent("sessions", at(15)));
  const [metrics, last] = test.passed.slice(4);
  assertEquals([metrics?.topic, last?.topic], [
    "metrics",
    "sessions.-.1001.janus.transport.zeromq",
  ]);
  assertEquals(metrics?.event, {
    emitter: "janus",
    type: 4,
    ...at(15),
    event: {
      schema: "prometheus",
      data: {
        text: [
          "# HELP janus_events_total Events since the filter started.",
          "# TYPE janus_events_total counter",
          'janus_events_total{emitter="janus",type="media",subtype="stats"} 3',
          'janus_events_total{emitter="janus",type="sessions"} 2',
          "",
        ].join("\n"),
      },
    },
  });
});

Deno.test("prometheus in recorded calls: its last counts add up to the events before them", async () => {
  const events = recordedEvents();
  await using test = await testFilter(prometheus);
  const passed = await test.sendAll(events);
  const isOurs = (event: ServerEvent) => event.type === 4 && event.event.schema === "prometheus";
  const last = passed.findLastIndex(isOurs);
  const told = passed[last];
  assert(told?.type === 4);
  const counts = String(told.event.data.text).matchAll(/\} (\d+)$/gm);
  const sum = [...counts].reduce((total, [, count]) => total + Number(count), 0);
  // The event behind it is the one that it was told at.
  const before = passed.slice(0, last + 2).filter((event) => !isOurs(event));
  assertEquals(sum, before.length);
  assertEquals(passed.filter((event) => !isOurs(event)), events);
});

Deno.test("locate asks once for an address, and lets events go on without an answer", async () => {
  const asked: string[] = [];
  await using server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen() {},
  }, (request) => {
    const ip = new URL(request.url).pathname.slice(1);
    asked.push(ip);
    return ip === "192.0.2.9"
      ? new Response("no", { status: 404 })
      : Response.json({ country: "IT" });
  });
  Deno.env.set("LOCATE_URL", `http://127.0.0.1:${server.addr.port}/`);
  try {
    await using test = await testFilter(locate);
    const connected = (ip: string) =>
      sampleEvent("transports", {
        event: { data: { event: "connected", ip } },
      });
    for (let i = 0; i < 2; i++) {
      const [event] = await test.send<{ event: object }>(
        connected("192.0.2.7"),
      );
      assertEquals(Reflect.get(event?.event ?? {}, "location"), {
        country: "IT",
      });
    }
    assertEquals(await test.send(connected("192.0.2.9")), [
      connected("192.0.2.9"),
    ]);
    assertMatch(
      test.log[0]?.text ?? "",
      /^Cannot locate 192\.0\.2\.9: the service says 404$/,
    );
    assertEquals(asked, ["192.0.2.7", "192.0.2.9"]);
    const gone = sampleEvent("transports", {
      event: { data: { event: "disconnected" } },
    });
    assertEquals(await test.send(gone), [gone]);
  } finally {
    Deno.env.delete("LOCATE_URL");
  }
});

Deno.test("locate can't be set up without a service", async () => {
  await assertRejects(() => testFilter(locate), Error, "LOCATE_URL is not set");
});

Deno.test("locate in recorded calls: clients are located, everything else goes on", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => Response.json("here"),
  );
  Deno.env.set("LOCATE_URL", `http://127.0.0.1:${server.addr.port}/`);
  try {
    const events = recordedEvents();
    await using test = await testFilter(locate);
    const passed = await test.sendAll(events);
    assertEquals(passed.length, events.length);
    const changed = passed.filter((event, i) =>
      JSON.stringify(event) !== JSON.stringify(events[i])
    );
    assert(changed.length > 0);
    for (const event of changed) {
      assertEquals(Reflect.get(event.event, "location"), "here");
    }
  } finally {
    Deno.env.delete("LOCATE_URL");
  }
});
