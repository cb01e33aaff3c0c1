import { readMessage, splitEvents } from "../../../scripts/events/event_texts.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const frames = (...texts: string[]) => texts.map((text) => new TextEncoder().encode(text));
const events = (...texts: string[]) => readMessage(frames(...texts)).events;

Deno.test("splitEvents() keeps the bytes of each event, whatever they are", () => {
  const odd = '{"a":9007199254740993, "b" :[1,[2,{}]],"c":"]},{\\"[\\\\","é":1.0e2}';
  assertEquals(splitEvents(odd), [odd]);
  assertEquals(splitEvents(`[${odd}, ${odd},{} ]`), [odd, odd, "{}"]);
  assertEquals(splitEvents("[]"), []);
  assertEquals(splitEvents("[ ]\n"), []);
  assertEquals(splitEvents('["a,b",1,[2,3],"\\\\"]'), ['"a,b"', "1", "[2,3]", '"\\\\"']);
});

Deno.test("splitEvents() puts indented events into one line, with nothing else changed", () => {
  const event = { text: "a\n  b", list: [1, { deep: "\\n" }] };
  const indented = JSON.stringify([event, event], null, 3);
  const [first = "", ...more] = splitEvents(indented);
  assertEquals(JSON.parse(first), event);
  assertEquals(more, [first]);
  assertEquals(first.includes("\n"), false);
});

Deno.test("readMessage() finds the JSON with topics and sequence on or off", () => {
  assertEquals(events("{}"), ["{}"]);
  assertEquals(events("media.stats.1.", '{"a":1}'), ['{"a":1}']);
  assertEquals(events('{"a":1}', "17"), ['{"a":1}']);
  assertEquals(events('{"a":1}', "\0\0\0\0\0\0\0{"), ['{"a":1}']);
  assertEquals(events("grouped", '[{"a":1},{"b":2}]', "17"), ['{"a":1}', '{"b":2}']);
  assertThrows(() => events("topic", "17"), SyntaxError, "2 frames");
});

Deno.test("readMessage() tells what the plugin dropped from events", () => {
  const message = readMessage(frames("dropped", '{\n "media": 3\n}', "18"));
  assertEquals(message, { events: [], dropped: '{"media": 3}' });
});
