/** Frames in a stream of bytes. */
import { encodeFrame, FRAME_HEADER, FrameReader } from "../../../plugins/companion/frames.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";

/** The same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

Deno.test("frames are found however they are cut", () => {
  const next = random(1);
  for (let round = 0; round < 200; round++) {
    const sizes = Array.from(
      { length: 1 + next(8) },
      () => next(3) === 0 ? next(200_000) : next(40),
    );
    const frames = sizes.map((size, at) => encodeFrame(at, new Uint8Array(size).fill(at)));
    const stream = frames.flatMap((frame) => [...frame]);
    const reader = new FrameReader(1 << 22, 64);
    const found: number[] = [];
    for (let at = 0; at < stream.length;) {
      const part = stream.slice(at, at + 1 + next(70_000));
      at += reader.fill((buffer, offset) => {
        const taken = part.slice(0, buffer.length - offset);
        buffer.set(taken, offset);
        return taken.length;
      });
      for (let frame = reader.next(); frame !== null; frame = reader.next()) {
        assert(frame.payload.every((byte) => byte === frame!.kind));
        found.push(frame.payload.length);
      }
    }
    assertEquals(found, sizes);
  }
});

Deno.test("a frame that is too long is refused before it is there", () => {
  const reader = new FrameReader(1000);
  const frame = encodeFrame(1, new Uint8Array(1001)).subarray(0, FRAME_HEADER);
  reader.fill((buffer, offset) => (buffer.set(frame, offset), frame.length));
  assertThrows(() => reader.next(), RangeError, "a frame of 1001 bytes");
});
