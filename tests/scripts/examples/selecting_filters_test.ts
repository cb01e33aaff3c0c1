/** Examples of filters that drop or hide something: alone, and on recorded calls. */
import { sampleEvent, type ServerEvent, testFilter } from "../../../mod.ts";
import oneRoom from "../../../scripts/examples/filters/one_room.ts";
import redactIps from "../../../scripts/examples/filters/redact_ips.ts";
import thinStatistics from "../../../scripts/examples/filters/thin_statistics.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { recordedEvents } from "./recording.ts";

const START = sampleEvent("sessions").timestamp;
/** A time some seconds after that of the samples. */
const at = (seconds: number) => ({ timestamp: START + seconds * 1e6 });

Deno.test("redact_ips leaves the network of addresses, in all that has some", async () => {
  await using test = await testFilter(redactIps);
  const redact = async (candidate: string) => {
    const event = sampleEvent("webrtc.rcand", {
      event: { "remote-candidate": candidate },
    });
    return (await test.send(event))[0]?.event["remote-candidate"];
  };
  for (
    const [text, expected] of [
      [
        "1 1 udp 2015 192.0.2.77 20000 typ host",
        "1 1 udp 2015 192.0.2.0 20000 typ host",
      ],
      [
        "1 1 tcp 9 10.99.0.1 9 typ host raddr 10.1.2.3\r\n",
        "1 1 tcp 9 10.99.0.0 9 typ host raddr 10.1.2.0\r\n",
      ],
      [
        "1 1 udp 1 2001:db8:1:2:3:4:5:6 5 typ host",
        "1 1 udp 1 2001:db8:1:: 5 typ host",
      ],
      ["1 1 udp 1 fe80::1%eth0 5 typ host", "1 1 udp 1 fe80:: 5 typ host"],
      ["1 1 udp 1 2001:DB8::7 5 typ host", "1 1 udp 1 2001:DB8:: 5 typ host"],
      [
        "1 1 udp 1 ::ffff:192.0.2.7 5 typ host",
        "1 1 udp 1 ::ffff:192.0.2.0 5 typ host",
      ],
      ["1 1 udp 1 3c1a.local 5 typ host", "1 1 udp 1 3c1a.local 5 typ host"],
      [
        "at 12:34:56 from 00:1b:44:11:3a:b7",
        "at 12:34:56 from 00:1b:44:11:3a:b7",
      ],
      ["::1 127.0.0.1 0.0.0.0 ::", "::1 127.0.0.1 0.0.0.0 ::"],
    ] as const
  ) assertEquals(await redact(text), expected);

  const [jsep] = await test.send(sampleEvent("jsep"));
  assertMatch(jsep?.event.jsep.sdp ?? "", /c=IN IP4 192\.0\.2\.0\r\n/);
  assertMatch(
    jsep?.event.jsep.sdp ?? "",
    /a=fingerprint:sha-256 9F:F5:57:56:.*:16:95:4C\r\n/,
  );
  const pair = "2001:db8::1:20031 [host,udp] <-> 10.99.0.1:49418 [host,udp]";
  const [selected] = await test.send(
    sampleEvent("webrtc.pair", { event: { "selected-pair": pair } }),
  );
  assertEquals(
    selected?.event["selected-pair"],
    "2001:db8:: [host,udp] <-> 10.99.0.0:49418 [host,udp]",
  );
  assertEquals(selected?.event.candidates?.remote.address, "192.0.2.0");
  const [client] = await test.send(sampleEvent("transports"));
  assertEquals(client?.event.data.ip, "192.0.2.0");
});

Deno.test("redact_ips leaves no address in recorded calls, and changes nothing else", async () => {
  const events = recordedEvents();
  await using test = await testFilter(redactIps);
  const passed = await test.sendAll(events);
  assertEquals(passed.length, events.length);
  const addresses = (text: string) =>
    (text.match(/\b\d{1,3}(\.\d{1,3}){3}\b/g) ?? []).filter((ip) => !/^(0|127)\.|\.0$/.test(ip));
  const before = JSON.stringify(events);
  assert(addresses(before).length > 20);
  assertEquals(addresses(JSON.stringify(passed)), []);
  const without = (text: string) =>
    text.replaceAll(/\b(\d{1,3}(?:\.\d{1,3}){2})\.\d{1,3}\b/g, "$1");
  assertEquals(without(JSON.stringify(passed)), without(before));
});

Deno.test("thin_statistics passes one in thirty seconds of each medium of each handle", async () => {
  await using test = await testFilter(thinStatistics);
  const times: Record<string, number[]> = {};
  for (let second = 0; second < 95; second++) {
    for (const handle_id of [1, 2]) {
      for (const media of ["audio", "video"] as const) {
        // Handles whose statistics begin at other times, and a timer that isn't exact.
        const event = { media, mid: media };
        const timestamp = START + second * 1e6 + handle_id * 3e5 +
          (second % 3) * 1e4;
        const fields = { handle_id, timestamp, event };
        const passed = await test.send(sampleEvent("media.stats", fields));
        if (passed.length > 0) {
          (times[`${handle_id} ${media}`] ??= []).push(second);
        }
      }
    }
  }
  const expected = [0, 30, 60, 90];
  assertEquals(times, {
    "1 audio": expected,
    "1 video": expected,
    "2 audio": expected,
    "2 video": expected,
  });
  const state = sampleEvent("media.state");
  assertEquals(await test.send(state), [state]);
});

Deno.test("thin_statistics knows combined statistics, and forgets handles that are gone", async () => {
  await using test = await testFilter(thinStatistics);
  const one = sampleEvent("media.stats").event;
  const combined = (seconds: number) =>
    sampleEvent("media.stats", { ...at(seconds), event: [one].flat() });
  assertEquals((await test.send(combined(0))).length, 1);
  assertEquals((await test.send(combined(1))).length, 0);
  await test.send(sampleEvent("handles", { event: { name: "detached" } }));
  assertEquals((await test.send(combined(2))).length, 1);
});

Deno.test("thin_statistics in recorded calls: the first of each medium, and all other events", async () => {
  const events = recordedEvents();
  const statistics = events.filter((event) => event.type === 32 && event.subtype === 3);
  const mediums = new Set(statistics.map((event) => {
    if (event.type !== 32 || event.subtype !== 3 || !("mid" in event.event)) {
      return "";
    }
    return `${event.handle_id} ${event.event.mid}`;
  }));
  await using test = await testFilter(thinStatistics);
  const passed = await test.sendAll(events);
  // The calls are shorter than thirty seconds.
  assertEquals(passed.length, events.length - statistics.length + mediums.size);
  assert(statistics.length > 3 * mediums.size);
});

const videoroom = (
  session_id: number,
  room: number | undefined,
  name: string,
) =>
  sampleEvent("plugins", {
    session_id,
    handle_id: session_id + 1,
    event: {
      plugin: "janus.plugin.videoroom",
      data: { event: name, room, id: 1 },
    },
  });

Deno.test("one_room publishes the room, with the sessions in it, from their beginning", async () => {
  await using test = await testFilter(oneRoom);
  const of = (session_id: number) => ({
    session_id,
    handle_id: session_id + 1,
  });
  const created = sampleEvent("sessions", { session_id: 10 });
  const attached = sampleEvent("handles", of(10));
  const joined = videoroom(10, 1234, "joined");
  const media = sampleEvent("media.state", of(10));
  const destroyed = sampleEvent("sessions", {
    session_id: 10,
    event: { name: "destroyed" },
  });
  assertEquals(await test.send(created), []);
  assertEquals(await test.send(attached), []);
  assertEquals(await test.send<object>(joined), [created, attached, joined]);
  assertEquals(await test.send(media), [media]);
  assertEquals(await test.send(videoroom(10, 99, "joined")), []);
  assertEquals(await test.send(destroyed), [destroyed]);
  // Janus tells so only then.
  const detached = sampleEvent("handles", { ...of(10), event: { name: "detached" } });
  assertEquals(await test.send(detached), [detached]);
});

Deno.test("one_room publishes nothing of others", async () => {
  await using test = await testFilter(oneRoom);
  assertEquals(
    await test.send(sampleEvent("sessions", { session_id: 20 })),
    [],
  );
  assertEquals(await test.send(videoroom(20, 99, "joined")), []);
  assertEquals(await test.send(videoroom(20, undefined, "talking")), []);
  assertEquals(await test.send(sampleEvent("transports")), []);
  // What the plugin tells of the room itself, without a session.
  const { session_id: _session, handle_id: _handle, ...room } = videoroom(
    0,
    1234,
    "created",
  );
  assertEquals(await test.send<object>(room), [room]);
  // Of a session that ends before it joins nothing is kept.
  await test.send(
    sampleEvent("sessions", { session_id: 20, event: { name: "timeout" } }),
  );
  const joined = videoroom(20, 1234, "joined");
  assertEquals(await test.send(joined), [joined]);
});

Deno.test("one_room keeps little of sessions that do not join", async () => {
  await using test = await testFilter(oneRoom);
  for (let i = 0; i < 30; i++) {
    await test.send(sampleEvent("media.state", { session_id: 1 }));
  }
  assertEquals(
    (await test.send<object>(videoroom(1, 1234, "joined"))).length,
    21,
  );
  for (let id = 100; id <= 1100; id++) {
    await test.send(sampleEvent("sessions", { session_id: id }));
  }
  assertEquals(
    (await test.send<object>(videoroom(100, 1234, "joined"))).length,
    1,
  );
  assertEquals(
    (await test.send<object>(videoroom(101, 1234, "joined"))).length,
    2,
  );
});

Deno.test("one_room in recorded calls: who joined, with all of their sessions, and nobody else", async () => {
  const events = recordedEvents();
  const inRoom = (event: ServerEvent) => event.type === 64 && event.event.data.room === 1234;
  const sessionOf = (event: ServerEvent) => "session_id" in event ? event.session_id : undefined;
  const joined = new Set(events.filter(inRoom).flatMap((event) => sessionOf(event) ?? []));
  assertEquals(joined.size, 2);
  await using test = await testFilter(oneRoom);
  const passed = await test.sendAll(events);
  // The room's own beginning is in no session.
  const expected = events.filter((event) => inRoom(event) || joined.has(sessionOf(event) ?? -1));
  assert(expected.length > 50 && expected.length < events.length);
  // What came before they joined is late.
  const sorted = (all: readonly ServerEvent[]) => all.map((one) => JSON.stringify(one)).toSorted();
  assertEquals(sorted(passed), sorted(expected));
});
