/** Large frames, of which one that is the same as the last is shared instead of copied. */
import { Buffer } from "node:buffer";
import { assertEquals, assertLess } from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";
import { test, testEach } from "./helpers.ts";

const LARGE = 64 * 1024;
const MIB = 2 ** 20;

testEach("large frames arrive as they were when they were sent", async (address) => {
  await using push = new zmq.Push();
  await push.bind(address);
  await using pull = new zmq.Pull();
  pull.connect(push.lastEndpoint!);
  const frame = new Uint8Array(LARGE);
  const changes: (() => Uint8Array)[] = [
    () => frame,
    () => frame,
    () => new Uint8Array(frame),
    () => (frame[LARGE - 1] = 1, frame),
    () => (frame[0] = 2, frame),
    () => frame.subarray(1),
    () => frame.subarray(0, LARGE / 2),
    () => frame,
    () => frame,
  ];
  const wanted: Uint8Array[] = [];
  for (const change of changes) {
    const sent = change();
    wanted.push(new Uint8Array(sent));
    await push.send(sent);
  }
  for (const want of wanted) {
    const [frame] = await pull.receive();
    // Not what a peer in this process does with a frame either.
    assertEquals(Buffer.compare(frame, want), 0);
    frame.fill(255);
  }
});

test("a large frame for many peers is in memory once", async () => {
  await using router = new zmq.Router({ mandatory: true, linger: 0, sendHighWaterMark: 0 });
  await router.bind("tcp://127.0.0.1:*");
  await using dealer = new zmq.Dealer({ routingId: "peer", receiveHighWaterMark: 1 });
  dealer.connect(router.lastEndpoint!);
  await dealer.send("here");
  await router.receive();
  const frame = new Uint8Array(512 * 1024).fill(7);
  const before = Deno.memoryUsage().rss;
  for (let time = 0; time < 500; time++) await router.send(["peer", frame]);
  assertLess(Deno.memoryUsage().rss - before, 64 * MIB);
  const [, received] = [await dealer.receive(), await dealer.receive()];
  assertEquals(Buffer.compare(received[0], frame), 0);
});
