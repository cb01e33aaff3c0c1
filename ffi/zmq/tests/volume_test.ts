/**
 * Many messages to and from a peer in C: none lost, in order, and memory that stays flat.
 * ZMQ_MESSAGES=1000000 sends as many of each size; by default it is a taste of that.
 */
import { assert, assertEquals, assertLess } from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";
import { Flag, Option, SocketType } from "../constants.ts";
import { ThinContext } from "../thin.ts";
import { buildPeer, run, test } from "./helpers.ts";

const asked = Number(Deno.env.get("ZMQ_MESSAGES") ?? 0);
const SIZES: [size: number, count: number][] = [
  [1, asked || 40_000],
  [256, asked || 40_000],
  [65_536, asked || 3_000],
];
const LIMIT = asked ? 600_000 : 30_000;
// 100 messages of 64 KiB a side, so that queues stay out of the measurement.
const HIGH_WATER_MARK = 100;
const MIB = 2 ** 20;

function fill(frame: Uint8Array, number: number): void {
  for (let byte = 0; byte < 4 && byte < frame.length; byte++) frame[byte] = number >>> (8 * byte);
}

function read(frame: Uint8Array): number {
  let number = 0;
  for (let byte = 0; byte < 4 && byte < frame.length; byte++) {
    number += frame[byte]! * 2 ** (8 * byte);
  }
  return number;
}

/** Watches memory from a quarter of the way on, when everything is warm. */
function memoryWatch(count: number, size: number) {
  let base = 0;
  // What the collector lets lie about: more of large frames, which live outside of its heap.
  const slack = size > 1000 ? 128 : 48;
  return {
    at(number: number) {
      if (number === count >> 2) base = Deno.memoryUsage().rss;
    },
    check() {
      const growth = Deno.memoryUsage().rss - base;
      assertLess(growth, slack * MIB, `grew by ${Math.round(growth / MIB)} MiB`);
    },
  };
}

async function peer(verb: "send" | "recv", address: string, count: number, size: number) {
  const { code, stdout, stderr } = await run(
    await buildPeer("volume"),
    [verb, address, String(count), String(size)],
    { limit: LIMIT },
  );
  assertEquals([code, stdout], [0, verb === "recv" ? "ok\n" : ""], stderr);
}

for (const [size, count] of SIZES) {
  test(`${count} messages of ${size} bytes arrive from C`, async () => {
    await using pull = new zmq.Pull({ receiveHighWaterMark: HIGH_WATER_MARK });
    await pull.bind("tcp://127.0.0.1:*");
    const sending = peer("send", pull.lastEndpoint!, count, size);
    const memory = memoryWatch(count, size);
    for (let number = 0; number < count; number++) {
      const [frame] = await pull.receive();
      const want = size >= 4 ? number : number % 256;
      if (frame!.length !== size || read(frame!) !== want) throw new Error(`lost ${number}`);
      memory.at(number);
    }
    memory.check();
    await sending;
  }, LIMIT);

  test(`${count} messages of ${size} bytes arrive at C`, async () => {
    await using push = new zmq.Push({ sendHighWaterMark: HIGH_WATER_MARK });
    await push.bind("tcp://127.0.0.1:*");
    const receiving = peer("recv", push.lastEndpoint!, count, size);
    const memory = memoryWatch(count, size);
    const frame = new Uint8Array(size);
    for (let number = 0; number < count; number++) {
      fill(frame, number);
      await push.send(frame);
      memory.at(number);
    }
    memory.check();
    await receiving;
  }, LIMIT);

  test(`${count} messages of ${size} bytes pass the thin layer`, async () => {
    using context = new ThinContext();
    using pull = context.socket(SocketType.PULL);
    pull.setInt(Option.RCVHWM, HIGH_WATER_MARK);
    pull.setInt(Option.RCVTIMEO, 10_000);
    pull.bind("tcp://127.0.0.1:*");
    const sending = peer("send", pull.lastEndpoint(), count, size);
    await new Promise((resolve) => setTimeout(resolve, 100)); // until it has started
    const frame = new Uint8Array(new ArrayBuffer(size));
    const memory = memoryWatch(count, size);
    for (let number = 0; number < count; number++) {
      const received = pull.recv(frame, Flag.NONE);
      if (received !== size || read(frame) !== (size >= 4 ? number : number % 256)) {
        throw new Error(`lost ${number}: ${received}`);
      }
      memory.at(number);
    }
    memory.check();
    await sending;
    assert(pull.recv(frame, Flag.DONTWAIT) === -1);
  }, LIMIT);
}
