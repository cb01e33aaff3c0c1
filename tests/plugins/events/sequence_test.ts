import { Size } from "../../../ffi/bridge/layout.ts";
import { OwnPlace } from "../../../plugins/events/counters.ts";
import { Sequence } from "../../../plugins/events/sequence.ts";
import { assert, assertEquals } from "../../assert.ts";

function counters(): Float64Array {
  return new Float64Array(Size.counters);
}

function text(sequence: Sequence, number: number): string {
  const length = sequence.write(number);
  return new TextDecoder().decode(sequence.bytes.subarray(0, length));
}

Deno.test("numbers follow the records, and skip what the ring refused", () => {
  const sequence = new Sequence(counters());
  const numbers = [1, 2, 5, 6, 106].map((record) => {
    assert(sequence.enter(record));
    sequence.finish();
    return ++sequence.number;
  });
  assertEquals(numbers, [1, 2, 5, 6, 106]);
});

Deno.test("an event that becomes several has several numbers, one that becomes none has none", () => {
  const sequence = new Sequence(counters());
  sequence.enter(1);
  sequence.number += 3;
  sequence.finish();
  sequence.enter(2);
  sequence.finish();
  sequence.enter(4);
  assertEquals(++sequence.number, 5);
});

Deno.test("the next isolate goes on after what was saved, whenever the last one ended", () => {
  const shared = counters();
  const first = new Sequence(shared);
  for (let record = 1; record <= 3; record++) {
    first.enter(record);
    first.number += 2;
    first.finish();
    if (record < 3) first.save();
  }
  assertEquals(shared[OwnPlace.number], 4);
  const second = new Sequence(shared);
  assertEquals(second.number, 4);
  assert(!second.enter(1) && !second.enter(2));
  assert(second.enter(3));
  assertEquals(second.number, 4);
  second.number += 2;
  second.finish();
  second.save();
  const third = new Sequence(shared);
  assert(!third.enter(3) && third.enter(4));
  assertEquals(third.number, 6);
});

Deno.test("a pair that is half written does not count", () => {
  const shared = counters();
  const first = new Sequence(shared);
  first.enter(1);
  first.number++;
  first.finish();
  first.save();
  const other = OwnPlace.pair + 1 + 2 * (1 - shared[OwnPlace.pair]!);
  shared[other] = 77;
  const second = new Sequence(shared);
  assertEquals(second.number, 1);
  assert(second.enter(2));
});

Deno.test("numbers are written as decimal text, one after the other or not", () => {
  const sequence = new Sequence(counters());
  for (let number = 0; number < 12345; number++) assertEquals(text(sequence, number), `${number}`);
  for (const number of [7, 8, 9, 10, 99, 100, 9, 999999, 1000000, 2 ** 53 - 1, 1, 1, 2]) {
    assertEquals(text(sequence, number), `${number}`);
  }
});

Deno.test("what stands there may be nonsense: numbers begin anew then", () => {
  for (const nonsense of [NaN, 0.5, 2 ** 60, -Infinity]) {
    const spoilt = counters().fill(nonsense);
    const sequence = new Sequence(spoilt);
    assertEquals([sequence.number, sequence.givenBefore], [0, 0]);
    assert(sequence.enter(3));
    sequence.number++;
    sequence.finish();
    sequence.save();
    assertEquals(new Sequence(spoilt).number, 3);
  }
});
