/** Items in chunks, and what comes of them. */
import { Batch } from "../../../plugins/scripting/batch.ts";
import { encodeFrame, FRAME_HEADER } from "../../../plugins/companion/frames.ts";
import { CHUNK, FrameKind, ItemOutcome, MAX_ITEM } from "../../../plugins/scripting/protocol.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { Records } from "./support.ts";

const OPTIONS = { enabled: 5, json: "plain", pause: 50 } as const;

function open(texts: readonly string[]): Batch {
  const batch = new Batch();
  batch.open(new Records(texts), texts.map((_, at) => at));
  return batch;
}

/** A chunk's number, options, and texts. */
function read(frame: Uint8Array<ArrayBuffer> | null) {
  assert(frame !== null);
  const view = new DataView(frame.buffer, frame.byteOffset + FRAME_HEADER);
  const word = (at: number) => view.getUint32(at, true);
  const text = frame.subarray(FRAME_HEADER + CHUNK.text);
  return {
    number: word(CHUNK.number),
    careful: word(CHUNK.careful),
    skipped: word(CHUNK.skipped),
    enabled: word(CHUNK.enabled),
    items: JSON.parse(new TextDecoder().decode(text)) as unknown[],
  };
}

/** Results of `count` items of a chunk, from its `first` on, all of them unchanged. */
function unchanged(number: number, first: number, count: number): Uint8Array {
  const head = [number, first, count, 0];
  const frame = encodeFrame(FrameKind.result, [
    ...head,
    ...Array(count).fill(ItemOutcome.unchanged),
  ]);
  return frame.subarray(FRAME_HEADER);
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n));

Deno.test("items go out in chunks of 64, or of 64 KiB, in order", () => {
  const batch = open(numbers(100));
  const first = read(batch.chunk(OPTIONS));
  assertEquals(first, {
    ...{ number: 1, careful: 0, skipped: 0, enabled: 5 },
    items: numbers(64).map(Number),
  });
  assertEquals(read(batch.chunk(OPTIONS)).items, numbers(100).slice(64).map(Number));
  assertEquals([batch.waiting, batch.chunks.length], [false, 2]);
  const large = open(Array(5).fill(JSON.stringify("x".repeat(30_000))));
  assertEquals(read(large.chunk(OPTIONS)).items.length, 2);
});

Deno.test("an item that is too long is no chunk, and can be decided", () => {
  const batch = open([JSON.stringify("x".repeat(MAX_ITEM)), "1"]);
  assertEquals(batch.chunk(OPTIONS), null);
  assert(batch.nextLength > MAX_ITEM);
  batch.decide(ItemOutcome.failed);
  assertEquals([batch.available, batch.take()], [true, ItemOutcome.failed]);
  assertEquals(read(batch.chunk(OPTIONS)).items, [1]);
});

Deno.test("results are handed out in order; what was taken is in use until it is released", () => {
  const batch = open(numbers(3));
  const { number } = read(batch.chunk(OPTIONS));
  assertEquals([batch.take(), batch.settled], [null, true]);
  batch.accept(unchanged(number, 0, 2));
  assertEquals([batch.take(), batch.take(), batch.take()], [-1, -1, null]);
  assertEquals(batch.settled, false);
  batch.release();
  assertEquals(batch.settled, true);
  batch.accept(unchanged(number, 2, 1));
  assertEquals([batch.take(), batch.chunks], [-1, []]);
});

Deno.test("results that nobody asked for, or of too many items, are refused and change nothing", () => {
  const batch = open(numbers(3));
  const { number } = read(batch.chunk(OPTIONS));
  for (
    const [chunk, first, count] of [[number + 1, 0, 1], [number, 1, 1], [number, 0, 0], [
      number,
      0,
      4,
    ]]
  ) {
    assertThrows(() => batch.accept(unchanged(chunk!, first!, count!)), RangeError);
    assertEquals(batch.available, false);
  }
  batch.accept(unchanged(number, 0, 3));
  assertThrows(() => batch.accept(unchanged(number, 0, 3)), RangeError);
});

Deno.test("what a process had in hand goes out once more, one by one, and not to whom it is to skip", () => {
  const batch = open(numbers(70));
  const { number } = read(batch.chunk(OPTIONS));
  batch.chunk(OPTIONS);
  batch.accept(unchanged(number, 0, 62));
  for (let n = 0; n < 62; n++) batch.take();
  assertEquals([batch.recall(), batch.item], [8, 62]);
  batch.beCareful(2);
  batch.skip(2);
  const single = read(batch.chunk(OPTIONS));
  assertEquals([single.items, single.careful, single.skipped], [[62], 51, 4]);
  batch.accept(unchanged(single.number, 0, 1));
  batch.take();
  const next = read(batch.chunk(OPTIONS));
  assertEquals([next.items, next.careful, next.skipped], [[63], 51, 0]);
  assertEquals(read(batch.chunk(OPTIONS)).items, [64, 65, 66, 67, 68, 69]);
});
