import { Arrivals } from "../../../plugins/transport/arrivals.ts";
import { assert } from "../../assert.ts";

const T = 1_000_000;

Deno.test("somebody silent may have taken the place of who was not heard since", () => {
  const arrivals = new Arrivals();
  assert(!arrivals.mayHaveTaken("ann", 0));
  const number = arrivals.letIn("bob", T);
  arrivals.shookHands(T + 1);
  assert(arrivals.mayHaveTaken("ann", T - 5));
  // Heard a little later than the handshake, a message may have been there before it.
  assert(arrivals.mayHaveTaken("ann", T + 100));
  assert(!arrivals.mayHaveTaken("ann", T + 1000));
  assert(!arrivals.mayHaveTaken("bob", T - 5), "one's own other connections are no strangers");
  arrivals.heard(number);
  assert(!arrivals.mayHaveTaken("ann", T - 5));
});

Deno.test("a handshake that goes on may end late", () => {
  const arrivals = new Arrivals();
  arrivals.letIn("bob", T);
  arrivals.letIn("carl", T);
  arrivals.shookHands(T + 1); // of which of the two, nobody knows
  assert(arrivals.mayHaveTaken("ann", T + 9000));
  assert(!arrivals.mayHaveTaken("ann", T + 12_000), "libzmq ends it by then");
});

Deno.test("as long as one of a name is silent, its name is; and until nobody is", () => {
  const arrivals = new Arrivals();
  const first = arrivals.letIn("bob", T);
  arrivals.letIn("bob", T);
  arrivals.heard(first);
  arrivals.heard(first);
  arrivals.heard(NaN);
  assert(arrivals.mayHaveTaken("ann", T));
  arrivals.clear();
  assert(!arrivals.mayHaveTaken("ann", T));
});

Deno.test("who connects over and over without a word takes no memory without end", () => {
  const arrivals = new Arrivals();
  for (let i = 0; i < 30_000; i++) arrivals.letIn("bob", T);
  arrivals.heard(1); // forgotten by now, and silent still
  for (let i = 20_001; i <= 30_000; i++) arrivals.heard(i);
  assert(arrivals.mayHaveTaken("ann", T));
});
