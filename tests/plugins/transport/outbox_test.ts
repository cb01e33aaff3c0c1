import { Budget, Outbox } from "../../../plugins/transport/outbox.ts";
import { assert, assertEquals } from "../../assert.ts";

const PLENTY = 1 << 20; // bytes

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** An outbox of messages whose text is `<request>` or, where nothing was asked, a letter. */
class Fixture {
  readonly budget: Budget;
  readonly outbox: Outbox;
  readonly #capacity: number;

  constructor(capacity: number, budget = PLENTY) {
    this.budget = new Budget(budget);
    this.outbox = new Outbox(this.budget);
    this.#capacity = capacity;
  }

  /** Keeps messages. @returns what was lost for each */
  keep(...texts: string[]): (string | null)[] {
    return texts.map((text) => {
      const request = Number.parseInt(text) || 0;
      const lost = this.outbox.keep(request, bytes(text), this.#capacity);
      return lost === null ? null : new TextDecoder().decode(lost.bytes);
    });
  }

  /** Offers messages. @returns those that were taken, at most `count` */
  offer(count = Infinity): string[] {
    const taken: string[] = [];
    this.outbox.offer((request, bytes) => {
      if (taken.length >= count) return false;
      const text = new TextDecoder().decode(bytes);
      assertEquals(request, Number.parseInt(text) || 0);
      return taken.push(text) > 0;
    });
    return taken;
  }
}

Deno.test("messages are offered in order, and those not taken stay in order", () => {
  const f = new Fixture(10);
  f.keep("1", "a", "2", "b", "3");
  assertEquals([f.offer(2), f.outbox.size], [["1", "a"], 3]);
  f.keep("4");
  assertEquals([f.offer(0), f.outbox.size], [[], 4]);
  assertEquals([f.offer(), f.outbox.size], [["2", "b", "3", "4"], 0]);
  assertEquals(f.offer(), []);
});

Deno.test("beyond its capacity the oldest of what nobody asked for is dropped, and no reply", () => {
  const f = new Fixture(2);
  assertEquals(f.keep("1", "a", "2", "b", "c", "3", "d"), [null, null, null, null, "a", null, "b"]);
  assertEquals(f.offer(), ["1", "2", "c", "3", "d"]);
  // What was taken makes room.
  assertEquals(f.keep("e", "f", "g"), [null, null, "e"]);
});

Deno.test("replies are kept however many there are", () => {
  const f = new Fixture(1);
  const replies = Array.from({ length: 500 }, (_, i) => `${i + 1}`);
  assert(f.keep(...replies).every((lost) => lost === null));
  assertEquals(f.keep("a", "b"), [null, "a"]);
  assertEquals(f.offer(), [...replies, "b"]);
});

Deno.test("a capacity of none keeps replies alone", () => {
  const f = new Fixture(0);
  assertEquals(f.keep("a", "1", "b"), ["a", null, "b"]);
  assertEquals(f.offer(), ["1"]);
});

Deno.test("what exceeds the budget of all outboxes is lost itself, whatever it is", () => {
  const f = new Fixture(10, 100);
  const others = Array.from({ length: 4 }, () => new Outbox(f.budget));
  for (const other of others) assertEquals(other.keep(0, bytes("x".repeat(24)), 10), null);
  assertEquals(f.keep("1", "a", "2", "bc", "c", "d"), [null, null, null, "bc", null, "d"]);
  assertEquals(f.keep("3"), ["3"]);
  // Whatever leaves gives back what it took: taken, offered, or cleared.
  assertEquals(others[0]!.take(5).map(({ bytes }) => bytes.length), [24]);
  assertEquals(f.keep("4", "x".repeat(20)), [null, null]);
  assertEquals([f.offer().length, f.outbox.size], [6, 0]);
  assertEquals(others[1]!.take().length, 1);
  assertEquals(f.keep("5", "x".repeat(24)), [null, null]);
  for (const other of [...others, f.outbox]) other.take();
  assert(f.budget.take(100) && !f.budget.take(1));
});

Deno.test("what is dropped for its number gives back what it took", () => {
  const f = new Fixture(1, 100);
  for (let i = 0; i < 50; i++) f.keep("x".repeat(12));
  assertEquals([f.outbox.size, f.offer().length], [1, 1]);
  assert(f.budget.take(100) && !f.budget.take(1));
});

Deno.test("one outbox holds a quarter of the budget at most", () => {
  const f = new Fixture(1000, 1000);
  const lost = f.keep(...Array.from({ length: 300 }, (_, i) => `${i % 10}`));
  assertEquals(lost.filter((text) => text === null).length, 250);
  assertEquals(new Outbox(f.budget).keep(1, bytes("x".repeat(250)), 1), null);
  // As it is emptied, it takes more.
  f.outbox.take(3);
  assertEquals(f.keep("1", "2", "3", "4"), [null, null, null, "4"]);
  f.outbox.take();
  assertEquals(f.keep("x".repeat(251), "x".repeat(250)), ["x".repeat(251), null]);
});

Deno.test("the oldest can be taken, a few at a time", () => {
  const f = new Fixture(3);
  f.keep("a", "b", "c");
  const take = (count: number) => f.outbox.take(count).map(({ request }) => request);
  assertEquals([take(2), take(2), take(2)], [[0, 0], [0], []]);
  assertEquals(f.keep("d", "e", "f"), [null, null, null]);
});
