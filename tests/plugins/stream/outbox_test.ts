import { FRAME_HEADER } from "../../../plugins/companion/frames.ts";
import { StreamOutbox } from "../../../plugins/stream/outbox.ts";
import {
  aligned,
  FrameKind,
  MAX_MESSAGES,
  MESSAGE,
  MessageKind,
} from "../../../plugins/stream/protocol.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";

function add(outbox: StreamOutbox, number: number, text = `event ${number}`): void {
  const body = new TextEncoder().encode(text);
  const kind = text.startsWith("dropped") ? MessageKind.dropped : MessageKind.event;
  outbox.add(number + 100, number, 0, kind, body.length).set(body);
}

/** The messages of a frame, `number kind body`. */
function read(frame: Uint8Array): string[] {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  assertEquals(view.getUint32(0, true), frame.length - FRAME_HEADER);
  assertEquals(view.getUint32(4, true), FrameKind.messages);
  const messages: string[] = [];
  for (let at = FRAME_HEADER; at < frame.length;) {
    const bytes = view.getUint32(at + MESSAGE.bytes, true);
    const number = view.getFloat64(at + MESSAGE.number, true);
    assertEquals(view.getFloat64(at + MESSAGE.record, true), number + 100);
    const body = frame.subarray(at + MESSAGE.head, at + MESSAGE.head + bytes);
    messages.push(`${number} ${new TextDecoder().decode(body)}`);
    at += MESSAGE.head + aligned(bytes);
  }
  return messages;
}

function again(outbox: StreamOutbox): string[][] {
  return outbox.again().map(read);
}

Deno.test("messages are gathered into frames, which are kept until they are stored", () => {
  const outbox = new StreamOutbox();
  assertEquals(outbox.take(), null);
  add(outbox, 1);
  add(outbox, 2);
  const first = outbox.take()!;
  assertEquals(read(first), ["1 event 1", "2 event 2"]);
  add(outbox, 3);
  assertEquals(outbox.events, 3);
  assertEquals(again(outbox), [["1 event 1", "2 event 2"]], "what is gathered is yet to be sent");
  const second = outbox.take()!;
  assertEquals(read(first), ["1 event 1", "2 event 2"], "a frame stays as it was sent");
  assertEquals(again(outbox), [read(first), read(second)]);
  const before = outbox.bytes;
  outbox.stored(2);
  assertEquals(outbox.bytes, before - first.length);
  outbox.stored(1);
  assertEquals([outbox.events, outbox.bytes, again(outbox)], [0, FRAME_HEADER, []]);
});

Deno.test("what is stored of a frame is not sent again, however often it is asked for", () => {
  const outbox = new StreamOutbox();
  for (let n = 1; n <= 4; n++) add(outbox, n);
  outbox.take();
  outbox.stored(1);
  assertEquals(again(outbox), [["2 event 2", "3 event 3", "4 event 4"]]);
  outbox.stored(2);
  assertEquals(again(outbox), [["4 event 4"]]);
  assertEquals(again(outbox), [["4 event 4"]]);
  outbox.stored(1);
  assertEquals([outbox.events, outbox.bytes, again(outbox)], [0, FRAME_HEADER, []]);
});

Deno.test("what is missing before the first event that is not stored is said again", () => {
  const outbox = new StreamOutbox();
  add(outbox, 1);
  add(outbox, 4, "dropped 2 to 4");
  add(outbox, 5);
  outbox.take();
  assertEquals(outbox.events, 2, "what is missing is no event");
  outbox.stored(1);
  assertEquals(again(outbox), [["4 dropped 2 to 4", "5 event 5"]]);
  outbox.stored(1);
  assertEquals(again(outbox), []);
});

Deno.test("it says from which record on something may not be stored", () => {
  const outbox = new StreamOutbox();
  assertEquals(outbox.earliest, Infinity);
  add(outbox, 1);
  assertEquals(outbox.earliest, 101);
  add(outbox, 2);
  outbox.take();
  add(outbox, 3);
  outbox.stored(1);
  assertEquals(outbox.earliest, 101, "as near as the frame tells");
  again(outbox);
  assertEquals(outbox.earliest, 102);
  outbox.stored(1);
  assertEquals(outbox.earliest, 103);
});

Deno.test("more events than were sent can't be stored", () => {
  const outbox = new StreamOutbox();
  add(outbox, 1);
  outbox.take();
  add(outbox, 2);
  for (const count of [2, -1, 0.5, NaN, Infinity]) {
    assertThrows(() => outbox.stored(count), RangeError, "said to be stored");
  }
  assertEquals(outbox.events, 2);
});

Deno.test("a frame is full at some length, and may have one message that is longer", () => {
  const outbox = new StreamOutbox();
  add(outbox, 1, "x".repeat(MAX_MESSAGES / 4 - 200));
  assertEquals(outbox.full, false);
  const long = "y".repeat(2 * MAX_MESSAGES);
  add(outbox, 2, long);
  assertEquals(outbox.full, true);
  assertEquals(read(outbox.take()!)[1], `2 ${long}`);
  assertEquals(outbox.full, false);
});

Deno.test("a long frame's buffer is used again once it is stored, and not before", () => {
  const outbox = new StreamOutbox(), long = "z".repeat(MAX_MESSAGES / 4);
  const take = (number: number) => {
    add(outbox, number, long);
    return outbox.take()!;
  };
  const [first, second] = [take(1), take(2)];
  assertEquals(read(first), [`1 ${long}`], "while it is under way");
  outbox.stored(1);
  const more = [take(3), take(4)];
  const buffers = [first, second, ...more].map(({ buffer }) => buffer);
  assertEquals(new Set(buffers).size, 3);
  assert(more.some(({ buffer }) => buffer === first.buffer));
  assertEquals(again(outbox), [2, 3, 4].map((number) => [`${number} ${long}`]));
});

Deno.test("a short frame does not hold on to room for a long one", () => {
  const outbox = new StreamOutbox();
  add(outbox, 1);
  const frame = outbox.take()!;
  assertEquals(frame.buffer.byteLength, frame.length);
});
