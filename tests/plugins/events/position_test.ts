import { Size } from "../../../ffi/bridge/layout.ts";
import { OwnPlace } from "../../../plugins/events/counters.ts";
import { Position } from "../../../plugins/events/position.ts";
import { assertEquals } from "../../assert.ts";

const PLACE = OwnPlace.position;

function read(counters: Float64Array): number[] {
  const { record, number } = new Position(counters, PLACE);
  return [record, number];
}

Deno.test("the next process finds what was saved last", () => {
  const shared = new Float64Array(Size.counters);
  const position = new Position(shared, PLACE);
  assertEquals(read(shared), [0, 0]);
  for (let i = 1; i <= 5; i++) {
    position.save(i, 2 * i);
    assertEquals([position.record, position.number], [i, 2 * i]);
    assertEquals(read(shared), [i, 2 * i]);
  }
});

Deno.test("a pair that is half written does not count", () => {
  const shared = new Float64Array(Size.counters);
  new Position(shared, PLACE).save(1, 1);
  shared[PLACE + 1 + 2 * (1 - shared[PLACE]!)] = 77;
  assertEquals(read(shared), [1, 1]);
});

Deno.test("what stands there may be nonsense: then nothing is known", () => {
  for (const nonsense of [NaN, 0.5, 2 ** 60, -Infinity]) {
    const spoilt = new Float64Array(Size.counters).fill(nonsense);
    assertEquals(read(spoilt), [0, 0]);
    new Position(spoilt, PLACE).save(3, 4);
    assertEquals(read(spoilt), [3, 4]);
  }
});
