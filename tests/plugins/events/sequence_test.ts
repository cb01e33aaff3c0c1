import { Size } from "../../../ffi/bridge/layout.ts";
import { Position } from "../../../plugins/events/position.ts";
import { Sequence } from "../../../plugins/events/sequence.ts";
import { assert, assertEquals } from "../../assert.ts";

/** Sinks that are so far: record and number. */
function open(...saved: [record: number, number: number][]): Sequence {
  return new Sequence(saved.map(([record, number]) => {
    const position = new Position(new Float64Array(Size.counters), 0);
    position.save(record, number);
    return position;
  }));
}

Deno.test("numbers follow the records, and skip what the ring refused", () => {
  const sequence = open([0, 0]);
  const numbers = [1, 2, 5, 6, 106].map((record) => {
    assert(sequence.enter(record));
    return ++sequence.number;
  });
  assertEquals(numbers, [1, 2, 5, 6, 106]);
});

Deno.test("an event that becomes several has several numbers, one that becomes none has none", () => {
  const sequence = open([0, 0]);
  sequence.enter(1);
  sequence.number += 3;
  sequence.enter(2);
  sequence.enter(4);
  assertEquals(++sequence.number, 5);
});

Deno.test("after a restart they go on after what was saved", () => {
  const sequence = open([2, 4]);
  assertEquals(sequence.number, 4);
  assert(!sequence.enter(1) && !sequence.enter(2));
  assert(sequence.enter(3));
  assertEquals(sequence.number, 4);
});

Deno.test("they begin with the sink that is furthest behind, and meet the others' again", () => {
  const sequence = open([6, 8], [3, 4], [6, 8]);
  assertEquals(sequence.number, 4);
  for (const [record, messages] of [[4, 1], [5, 2], [6, 1]] as const) {
    assert(sequence.enter(record));
    sequence.number += messages;
  }
  assert(sequence.enter(7));
  assertEquals(sequence.number, 8);
});

Deno.test("no sink's numbers go back, whatever filters make of events that they see again", () => {
  for (const [messages, expected] of [[0, 12], [1, 12], [15, 32]] as const) {
    const sequence = open([5, 10], [3, 0]);
    for (const record of [4, 5]) {
      assert(sequence.enter(record));
      sequence.number += messages;
    }
    assert(sequence.enter(8)); // two were refused
    assertEquals(sequence.number, expected);
  }
});

Deno.test("records that are gone with the ring are skipped", () => {
  const sequence = open([5, 20], [3, 4]);
  assert(sequence.enter(8));
  assertEquals(sequence.number, 22);
});
