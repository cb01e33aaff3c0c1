/** How the page shows numbers, and what strangers wrote. */
import {
  bitrate,
  bytes,
  clock,
  count,
  duration,
  many,
  millis,
  percent,
  plain,
  plainLines,
  shortName,
} from "../../../../plugins/monitor/page/format.ts";
import { gistOf, indentJson } from "../../../../plugins/monitor/page/json_text.ts";
import { readPlace, writePlace } from "../../../../plugins/monitor/page/place.ts";
import { assert, assertEquals } from "../../../assert.ts";

Deno.test("numbers have units, and no more digits than one reads", () => {
  assertEquals([millis(null), millis(0.333), millis(9.94), millis(1234)], [
    "–",
    "0.3 ms",
    "9.9 ms",
    "1,234 ms",
  ]);
  assertEquals([null, 0, 0.0004, 0.0712, 0.5].map(percent), [
    "–",
    "0 %",
    "<0.1 %",
    "7.1 %",
    "50 %",
  ]);
  assertEquals([null, 0, 3.21, 64.4, 1540, 23_400].map(bitrate), [
    "–",
    "0 kbit/s",
    "3.2 kbit/s",
    "64 kbit/s",
    "1.54 Mbit/s",
    "23.4 Mbit/s",
  ]);
  assertEquals([bytes(100), bytes(2048), bytes(8_388_608)], ["100 B", "2 KiB", "8 MiB"]);
  assertEquals([59_000, 61_000, 3_660_000, 90_000_000, -5].map(duration), [
    "59 s",
    "1 min 1 s",
    "1 h 1 min",
    "1 d 1 h",
    "0 s",
  ]);
  assertEquals([count(12_345), many(1, "call"), many(2, "call")], ["12,345", "1 call", "2 calls"]);
  const time = new Date(2026, 1, 3, 4, 5, 6).getTime();
  assertEquals(clock(time), "04:05:06");
});

Deno.test("texts of others are cut, and cannot turn or hide what is around them", () => {
  assertEquals(plain("Ann & Bob – مرحبا 😀"), "Ann & Bob – مرحبا 😀");
  assertEquals(plain("a\u0000b\nc\u202egnp.exe\u200b"), "a␀b␊c⟨202E⟩gnp.exe⟨200B⟩");
  assertEquals(plain("\ud83d half"), "⟨D83D⟩ half");
  assertEquals(plain("x".repeat(1_000_000)).length, 120);
  assertEquals(plainLines("a\r\nb\u0007\nc", 100), "a\nb␇\nc");
  assertEquals(plainLines("x".repeat(1000), 10), "xxxxxxxxx…");
  assertEquals([shortName("janus.plugin.echotest"), shortName("other.plugin"), shortName(null)], [
    "echotest",
    "other.plugin",
    null,
  ]);
});

Deno.test("JSON is indented as it stands, whatever its numbers, and even if it was cut", () => {
  const id = "12345678901234567890";
  assertEquals(
    indentJson(`{"a":[1,{"b":${id}}],"c":{},"d":[],"e":"x{,\\"y"}`),
    `{\n  "a": [\n    1,\n    {\n      "b": ${id}\n    }\n  ],\n  "c": {},\n  "d": [],\n  "e": "x{,\\"y"\n}`,
  );
  assertEquals(indentJson('{"a":"cut of'), '{\n  "a": "cut of');
  assert(indentJson("[".repeat(3000)).length < 300_000);
});

Deno.test("an event in a line: what tells most comes first; ids and what was cut stay as they are", () => {
  const of = (event: object) => gistOf(JSON.stringify({ emitter: "a", type: 32, event }));
  assertEquals(
    of({
      mid: "1",
      mindex: 1,
      base: 90000,
      codec: "vp8",
      rtt: 20,
      "bytes-sent": 5,
      media: "video",
    }),
    "media video · rtt 20 · bytes-sent 5 · mid 1 · mindex 1 · base 90000 · codec vp8",
  );
  assertEquals(of({ plugin: "p", data: { room: 5 } }), 'data {"room":5} · plugin p');
  assertEquals(gistOf('{"type":64,"event":{"a":12345678901234567}}'), '{"a":12345678901234567}');
  assertEquals(gistOf('{"type":64,"event":{"a":"cut o'), '{"a":"cut ');
  assertEquals(gistOf('{"type":64}'), '{"type":64}');
});

Deno.test("the address's fragment says which call is open, and takes no nonsense", () => {
  const place = {
    call: { server: 1, handle: "18446744073709551615" },
    filter: "room 7 & <b>",
    troubled: true,
  };
  assertEquals(readPlace(writePlace(place)), place);
  assertEquals(writePlace({ call: null, filter: "", troubled: false }), "");
  for (const hash of ["", "#", "#call=0/", "#call=a/1", "#call=0/1/2", "#%", "#call=-1/5"]) {
    assertEquals(readPlace(hash), { call: null, filter: "", troubled: false }, hash);
  }
});
