import { Budget, Outbox } from "../../../plugins/transport/outbox.ts";
import { assert, assertEquals } from "../../assert.ts";

const PLENTY = 1 << 20;

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
  const other = new Outbox(f.budget);
  assertEquals(other.keep(0, bytes("x".repeat(98)), 10), null);
  assertEquals(f.keep("1", "a", "2", "b"), [null, null, "2", "b"]);
  // Whatever leaves gives back what it took: offered, taken, dropped for count, or cleared.
  assertEquals(other.take(5).map(({ bytes }) => bytes.length), [98]);
  assertEquals(f.keep("3", "x".repeat(97)), [null, null]);
  assertEquals(f.keep("4"), ["4"]);
  assertEquals([f.outbox.clear(), f.outbox.size], [4, 0]);
  assertEquals(other.keep(0, bytes("x".repeat(100)), 10), null);
  assertEquals(f.keep("5"), ["5"]);
  assertEquals(other.clear(), 1);
  const narrow = new Outbox(f.budget);
  for (let i = 0; i < 50; i++) narrow.keep(0, bytes("x".repeat(40)), 1);
  assertEquals(f.keep("x".repeat(60)), [null]);
  assertEquals([narrow.clear(), f.offer().length], [1, 1]);
  assert(f.budget.take(100) && !f.budget.take(1));
});

Deno.test("the oldest can be taken, a few at a time", () => {
  const f = new Fixture(3);
  f.keep("a", "b", "c");
  const take = (count: number) => f.outbox.take(count).map(({ request }) => request);
  assertEquals([take(2), take(2), take(2)], [[0, 0], [0], []]);
  assertEquals(f.keep("d", "e", "f"), [null, null, null]);
});
