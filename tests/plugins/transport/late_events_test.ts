/** With several I/O threads, who has connected may be heard before that is told. */
import { SocketType } from "../../../ffi/zmq/constants.ts";
import { openLibrary, type ThinSocket } from "../../../ffi/zmq/thin.ts";
import { assert, assertEquals } from "../../assert.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { isAccepted, LateEvents } from "./late_events.ts";
import { frames, sendFrames } from "./sockets.ts";
import { TransportHarness } from "./transport_harness.ts";

openLibrary();
const janus = new JanusLibrary();
const { DEALER } = SocketType;

/** A transport whose monitor is not told who connects, until `late.keep` says otherwise. */
function open() {
  const h = new TransportHarness(janus, { ioThreads: 2 });
  const [monitor] = h.service.monitors;
  const late = new LateEvents(monitor!, isAccepted);
  return { h, monitor: monitor!, late, [Symbol.dispose]: () => h[Symbol.dispose]() };
}

function ask(h: TransportHarness, client: ThinSocket, text: string): void {
  sendFrames(client, frames(text));
  assertEquals(h.receive(client), [`re: ${text}`]);
}

for (const id of [undefined, "ann"]) {
  const whose = id === undefined ? "" : ", under a routing id of its own";
  Deno.test(`who is heard before it was told is answered, and its end noticed${whose}`, () => {
    using t = open();
    const { h, monitor, late } = t;
    const client = h.client(DEALER, id);
    ask(h, client, "1");
    assertEquals([monitor.open, late.kept.length], [1, 1]);
    late.keep = () => false;
    ask(h, client, "2");
    assertEquals([h.peers.size, monitor.open, monitor.deadline], [1, 1, Infinity]);
    h.closeClient(client);
    h.until(() => h.gone.length === 1, "the client's end");
    assertEquals([h.peers.size, monitor.open, h.counter("errors"), h.log], [0, 0, 0, []]);
  });
}

for (const heard of [true, false]) {
  const who = `who has gone before it was told to have come, ${heard ? "heard" : "silent"}`;
  Deno.test(`${who}, is not there for ever`, () => {
    using t = open();
    const { h, monitor, late } = t;
    const client = h.client(DEALER);
    if (heard) ask(h, client, "1");
    h.until(() => late.kept.length === 1, "a connection");
    h.closeClient(client);
    const gone = () => monitor.deadline !== Infinity && monitor.open === 0 && h.peers.size === 0;
    h.until(gone, "the client's end");
    late.keep = () => false;
    h.until(() => monitor.deadline === Infinity, "news of its beginning");
    assertEquals(monitor.open, 0);
    ask(h, h.client(DEALER), "2");
    assertEquals([h.peers.size, monitor.open], [1, 1]);
  });
}

Deno.test("a new client on the descriptor of one that has just gone is not taken for that one", () => {
  using t = open();
  const { h, late } = t;
  let reused = 0;
  for (let i = 1; i <= 20; i++) {
    late.keep = () => false;
    const old = h.client(DEALER);
    ask(h, old, `old ${i}`);
    const [fd] = h.service.connections();
    late.keep = () => true;
    h.closeClient(old);
    h.until(() => late.kept.length > 0, "the old client's end");
    const client = h.client(DEALER);
    sendFrames(client, frames(`new ${i}`));
    h.awaitRequest();
    if (late.kept.some((record) => isAccepted(record.event) && record.fd === fd)) reused++;
    late.keep = isAccepted;
    assertEquals(h.receive(client), [`re: new ${i}`]);
    h.until(() => h.gone.length === 2 * i - 1, "the old client to be gone");
    late.keep = () => false;
    ask(h, client, `again ${i}`);
    h.closeClient(client);
    h.until(() => h.gone.length === 2 * i, "the new client to be gone");
  }
  assert(reused > 0, "no descriptor was used again");
});
