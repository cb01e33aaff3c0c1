import type { ConnectionMonitor } from "../../../ffi/zmq/connections.ts";
import { Strangers } from "../../../plugins/transport/strangers.ts";
import { assert, assertEquals } from "../../assert.ts";
import { newPeer, newTable, tables } from "./peer.ts";

const T = 1_000_000;

Deno.test("somebody silent may have taken the place of who was not heard since", () => {
  const strangers = new Strangers(newTable());
  assert(!strangers.mayHaveTaken("ann", 0));
  const number = strangers.letIn("bob", T);
  strangers.shookHands(T + 1);
  assert(strangers.mayHaveTaken("ann", T - 5));
  // Heard a little later than the handshake, a message may have been there before it.
  assert(strangers.mayHaveTaken("ann", T + 100));
  assert(!strangers.mayHaveTaken("ann", T + 1000));
  assert(!strangers.mayHaveTaken("bob", T - 5), "one's own other connections are no strangers");
  strangers.heard(number);
  assert(!strangers.mayHaveTaken("ann", T - 5));
});

Deno.test("a handshake that goes on may end late", () => {
  const strangers = new Strangers(newTable());
  strangers.letIn("bob", T);
  strangers.letIn("carl", T);
  strangers.shookHands(T + 1); // of which of the two, nobody knows
  assert(strangers.mayHaveTaken("ann", T + 9000));
  assert(!strangers.mayHaveTaken("ann", T + 12_000), "libzmq ends it by then");
});

/** The open connections of a socket: their descriptors, which are their serials as well. */
function connections(...open: number[]) {
  const cut: number[] = [];
  const monitor = {
    descriptors: open,
    read: () => true,
    serial: (fd: number) => fd,
    cut: (fd: number) => void cut.push(fd),
  };
  return { cut, monitor: monitor as unknown as ConnectionMonitor };
}

Deno.test("as long as one of a name is silent, its name is; and until nobody is", () => {
  const strangers = new Strangers(newTable());
  const first = strangers.letIn("bob", T);
  strangers.letIn("bob", T);
  strangers.heard(first);
  strangers.heard(first);
  strangers.heard(NaN);
  assert(strangers.mayHaveTaken("ann", T));
  assert(!strangers.mayHavePlaceOf(newPeer({ name: "ann" }), connections().monitor));
  assert(!strangers.mayHaveTaken("ann", T) && !strangers.any);
});

Deno.test("what is for a peer is held while a connection is silent, which is cut after a second", () => {
  const strangers = new Strangers(tables.janus);
  const ann = newPeer({ name: "ann" });
  tables.janus.attach(ann, 5, 5, ann.account);
  strangers.letIn("bob");
  strangers.turnedAway(6, 6);
  const { monitor, cut } = connections(5, 6, 7);
  assert(strangers.mayHavePlaceOf(ann, monitor));
  const { now } = Date;
  try {
    Date.now = () => now() + 1001;
    assert(strangers.mayHavePlaceOf(ann, monitor));
  } finally {
    Date.now = now;
  }
  assertEquals(cut, [7]);
  assert(!strangers.mayHavePlaceOf(ann, connections(5, 6).monitor));
});

Deno.test("who connects over and over without a word takes no memory without end", () => {
  const strangers = new Strangers(newTable());
  for (let i = 0; i < 30_000; i++) strangers.letIn("bob", T);
  strangers.heard(1); // forgotten by now, and silent still
  for (let i = 20_001; i <= 30_000; i++) strangers.heard(i);
  assert(strangers.mayHaveTaken("ann", T));
});
