import { encodeFrame, FRAME_HEADER } from "../../../plugins/companion/frames.ts";
import type {
  CompanionNews,
  CompanionSocket,
  CompanionSource,
} from "../../../plugins/companion/process.ts";
import { FrameKind, type StreamInit, type StreamNews } from "../../../plugins/stream/protocol.ts";
import { StreamWorker } from "../../../plugins/stream/worker.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";

/** A process that says what the test has it say. */
function rig() {
  const said: CompanionNews[] = [], killed: number[] = [], sent: number[] = [];
  const told: unknown[] = [], warnings: string[] = [];
  let started = 0, output = new Uint8Array(0), isClosed = false;
  const socket: CompanionSocket = {
    ...{ fd: 4, input: 5, wait() {}, close() {} },
    read(buffer, offset) {
      if (output.length === 0) return isClosed ? -1 : 0;
      const some = output.subarray(0, buffer.length - offset);
      buffer.set(some, offset);
      output = output.slice(some.length);
      return some.length;
    },
    write(buffer, begin, end) {
      if (begin === 0) sent.push(new DataView(buffer.buffer).getUint32(4, true));
      return end - begin;
    },
  };
  const source: CompanionSource = {
    fd: 3,
    start: () => ++started,
    kill: (id) => void killed.push(id),
    news: () => said.shift() ?? null,
  };
  const log = { warning: (text: string) => void warnings.push(text) };
  const worker = new StreamWorker(source, log as never, () => ({}) as StreamInit, {
    started: () => void told.push("started"),
    stored(count, place, number) {
      if (count > 10) throw new RangeError("too many");
      told.push([count, place, number]);
    },
    news: (news: StreamNews) => void told.push(news.what),
    ended: (reason) => void told.push(reason),
  });
  const start = (now: number) => {
    worker.news = false;
    worker.update(now);
    isClosed = false;
    said.push({ what: "started", id: started, socket });
    worker.news = true;
    worker.update(now);
  };
  const say = (frame: Uint8Array, now: number) => {
    output = frame.slice();
    worker.processes[0]!.readable = true;
    worker.update(now);
  };
  const end = (how: string, now: number) => {
    isClosed = true;
    said.push({ what: "ended", id: started, how });
    worker.news = true;
    worker.update(now);
  };
  return { worker, start, say, end, told, sent, warnings, killed, starts: () => started };
}

function stored(...words: readonly [count: number, place: number, number: number]): Uint8Array {
  return encodeFrame(FrameKind.stored, new Uint8Array(Float64Array.from(words).buffer));
}

Deno.test("a process is told of the stream first, and what it says is passed on", () => {
  const { worker, start, say, told, sent } = rig();
  assertEquals(worker.running, false);
  start(1000);
  assertEquals([worker.running, sent], [true, [FrameKind.init]]);
  worker.send(encodeFrame(FrameKind.messages, [1]));
  assertEquals(sent, [FrameKind.init, FrameKind.messages]);
  say(stored(3, 7, 12), 1001);
  say(encodeFrame(FrameKind.news, [], '{"what":"opened"}'), 1002);
  assertEquals(told, ["started", [3, 7, 12], "opened"]);
});

Deno.test("a process that ends is started anew, after twice as long each time", () => {
  const { worker, start, end, told, warnings, starts } = rig();
  start(1000);
  end("was killed by signal 9", 1000);
  assertEquals([worker.running, warnings.length], [false, 1]);
  assertEquals(told.at(-1), "The stream's process was killed by signal 9");
  assertStringIncludes(warnings[0]!, "was killed by signal 9");
  const first = worker.timeout(1000);
  worker.update(1000 + first - 1);
  assertEquals(starts(), 1, "not before its time");
  start(1000 + first);
  assertEquals(starts(), 2);
  end("was killed by signal 9", 1000 + first);
  assertEquals(worker.timeout(1000 + first), 2 * first);
  assertEquals(warnings.length, 1, "the same reason is said once");
});

Deno.test("a process that ran for long is started anew at once", () => {
  const { worker, start, end, starts } = rig();
  start(1000);
  end("ended", 61_000);
  assertEquals(worker.timeout(61_000), 0);
  start(61_000);
  assertEquals([starts(), worker.running], [2, true]);
});

Deno.test("a process that says what can't be is ended", () => {
  const nonsense = [
    stored(11, 1, 1),
    encodeFrame(FrameKind.stored, [1]),
    encodeFrame(FrameKind.news, [], "{"),
    encodeFrame(99, []),
    new Uint8Array(FRAME_HEADER).fill(255),
  ];
  for (const frame of nonsense) {
    const { worker, start, say, killed, told, warnings } = rig();
    start(1000);
    say(frame, 1001);
    assertEquals([worker.running, killed], [false, [1]]);
    assertStringIncludes(String(told.at(-1)), "makes no sense");
    assertStringIncludes(warnings[0]!, "makes no sense");
  }
});

Deno.test("a process that does not answer is ended; one that does is left alone", () => {
  const { worker, start, say, sent, killed, warnings } = rig();
  start(1000);
  for (let now = 1000; now < 60_000; now += 1000) {
    worker.update(now);
    if (sent.at(-1) === FrameKind.ping) {
      say(encodeFrame(FrameKind.pong, []), now);
      sent.push(FrameKind.pong);
    }
  }
  assertEquals(sent.filter((kind) => kind === FrameKind.ping).length, 11);
  assertEquals(killed, []);
  for (let now = 60_000; now < 80_000; now += worker.timeout(now) || 1) worker.update(now);
  assertEquals(killed, [1]);
  assertStringIncludes(warnings[0]!, "does not answer");
});
