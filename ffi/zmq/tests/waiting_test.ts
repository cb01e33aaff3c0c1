import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "../../../tests/assert.ts";
import { cpuUsage } from "node:process";
import * as zmq from "../mod.ts";
import { readinessKind } from "../readiness.ts";
import { delay, freeAddress, within } from "./helpers.ts";

/** Declares a test for both ways of waiting. */
function testBoth(name: string, run: () => Promise<void>): void {
  for (const kind of ["handle", "thread"] as const) {
    Deno.test(`${name} (${kind})`, async () => {
      if (kind === "thread") readinessKind.force = "thread";
      try {
        await within(10_000, run());
      } finally {
        delete readinessKind.force;
      }
    });
  }
}

async function code(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, zmq.ZmqError)).code;
}

/** The code of an error that comes at once, not as a rejection. */
function thrown(run: () => unknown): string {
  return assertThrows(run, zmq.ZmqError).code;
}

async function pair(): Promise<[zmq.Dealer, zmq.Dealer]> {
  const [left, right] = [new zmq.Dealer({ linger: 0 }), new zmq.Dealer({ linger: 0 })];
  await left.bind("tcp://127.0.0.1:*");
  right.connect(left.lastEndpoint!);
  return [left, right];
}

testBoth("receive() waits without holding up the event loop", async () => {
  const [left, right] = await pair();
  await using _left = left, _right = right;
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  setTimeout(() => right.send("late"), 60);
  const [frame] = await left.receive();
  clearInterval(timer);
  assertEquals(String(frame), "late");
  assert(ticks >= 5, `${ticks} ticks`);
});

testBoth("receive() rejects with EAGAIN after receiveTimeout", async () => {
  await using pull = new zmq.Pull({ receiveTimeout: 30 });
  const started = performance.now();
  assertEquals(await code(pull.receive()), "EAGAIN");
  assert(performance.now() - started >= 29);
  pull.receiveTimeout = 0;
  assertEquals(await code(pull.receive()), "EAGAIN");
});

testBoth("send() waits for room, and rejects with EAGAIN after sendTimeout", async () => {
  await using push = new zmq.Push({ sendTimeout: 30, sendHighWaterMark: 1, linger: 0 });
  assertEquals(await code(push.send("nobody there")), "EAGAIN");
  push.sendTimeout = -1;
  await push.bind("tcp://127.0.0.1:*");
  await using pull = new zmq.Pull({ receiveHighWaterMark: 1 });
  const sent = push.send("waiting");
  assertEquals(thrown(() => push.send("second")), "EBUSY");
  pull.connect(push.lastEndpoint!);
  await sent;
  assertEquals(String((await pull.receive())[0]), "waiting");
});

testBoth("a full queue makes send() wait until the peer reads on", async () => {
  await using push = new zmq.Push({ sendHighWaterMark: 10, linger: 0 });
  await using pull = new zmq.Pull({ receiveHighWaterMark: 10 });
  await push.bind(freeAddress("inproc"));
  pull.connect(push.lastEndpoint!);
  let sent = 0;
  const sending = (async () => {
    for (; sent < 500; sent++) await push.send(String(sent));
  })();
  await delay(30);
  assertLess(sent, 100);
  for (let n = 0; n < 500; n++) assertEquals(String((await pull.receive())[0]), String(n));
  await sending;
});

testBoth("only one receive at a time", async () => {
  await using pull = new zmq.Pull();
  const first = pull.receive();
  assertEquals(thrown(() => pull.receive()), "EBUSY");
  pull.close();
  assertEquals(await code(first), "EAGAIN");
  assertEquals(thrown(() => pull.receive()), "EBADF");
  assertEquals(thrown(() => pull.connect("inproc://x")), "EBADF");
  assertEquals(thrown(() => pull.linger), "ENOTSOCK"); // as libzmq says it
});

testBoth("an AbortSignal ends a wait, and the next one works", async () => {
  const [left, right] = await pair();
  await using _left = left, _right = right;
  const reason = new Error("enough");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 10);
  const error = await assertRejects(() => left.receive({ signal: controller.signal }), Error);
  assertEquals(error, reason);
  await assertRejects(() => left.receive({ signal: AbortSignal.abort() }), DOMException);
  const [received] = await Promise.all([left.receive(), right.send("x")]);
  assertEquals(String(received[0]), "x");
  await using lonely = new zmq.Push();
  await assertRejects(() => lonely.send("x", { signal: AbortSignal.timeout(10) }), DOMException);
  assertEquals([lonely.writable, left.readable, left.writable], [false, false, true]);
});

// ZMQ_FD tells of each change once, and any call on the socket may take that in.
testBoth("no wake-up is lost between sends and receives on one socket", async () => {
  const [left, right] = await pair();
  await using _left = left, _right = right;
  const rounds = 300, burst = 7;
  const echo = (async () => {
    for (let n = 0; n < rounds * burst; n++) await right.send(await right.receive());
  })();
  const receiving = (async () => {
    for (let n = 0; n < rounds * burst; n++) {
      assertEquals(String((await left.receive())[0]), String(n));
    }
  })();
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < burst; n++) await left.send(String(round * burst + n));
    if (round % 10 === 0) await delay(1);
  }
  await Promise.all([echo, receiving]);
});

testBoth("a send that takes in the reader's signal wakes it", async () => {
  const [left, right] = await pair();
  await using _left = left, _right = right;
  for (let round = 0; round < 20; round++) {
    const received = left.receive();
    await right.send(String(round));
    // The message arrives while the event loop can't look, so that the send below finds it first.
    for (const end = performance.now() + 5; performance.now() < end;);
    await left.send("x");
    assertEquals(String((await received)[0]), String(round));
  }
});

testBoth("a socket waits again and again, after pauses of any length", async () => {
  const [left, right] = await pair();
  await using _left = left, _right = right;
  for (let round = 0; round < 60; round++) {
    setTimeout(() => right.send(String(round)), round % 4);
    assertEquals(String((await left.receive())[0]), String(round));
    if (round % 3 === 0) await right.send("unawaited");
    await delay(round % 5);
    if (round % 3 === 0) assertEquals(String((await left.receive())[0]), "unawaited");
  }
});

testBoth("no wake-up is lost between many sockets", async () => {
  await using router = new zmq.Router();
  await router.bind("tcp://127.0.0.1:*");
  const serving = (async () => {
    for await (const frames of router) await router.send(frames);
  })();
  const clients = Array.from({ length: 50 }, () => new zmq.Request({ linger: 0 }));
  await Promise.all(clients.map(async (client, index) => {
    client.connect(router.lastEndpoint!);
    for (let n = 0; n < 20; n++) {
      await client.send(`${index}:${n}`);
      assertEquals(String((await client.receive())[0]), `${index}:${n}`);
    }
    client.close();
  }));
  router.close();
  await serving;
});

testBoth("a stream of messages lets timers run", async () => {
  await using left = new zmq.Pair({ linger: 0 });
  await using right = new zmq.Pair({ linger: 0 });
  await left.bind(freeAddress("inproc"));
  right.connect(left.lastEndpoint!);
  let fired = false;
  setTimeout(() => fired = true, 1);
  let rounds = 0;
  while (!fired && rounds < 1_000_000) {
    await left.send("x");
    await right.receive();
    rounds++;
  }
  assert(fired, "The timer never fired");
});

testBoth("a signal that comes while nobody waits is not lost, nor does it spin", async () => {
  const [left, right] = await pair();
  await using _left = left, _right = right;
  const [first] = await Promise.all([left.receive(), right.send("1")]);
  assertEquals(String(first[0]), "1");
  for (let n = 2; n < 10; n++) await right.send(String(n));
  const before = cpuUsage();
  await delay(200);
  const { user, system } = cpuUsage(before);
  assertLess(user + system, 100_000, "microseconds of 200 ms in which nothing was to be done");
  for (let n = 2; n < 10; n++) assertEquals(String((await left.receive())[0]), String(n));
});

testBoth("a receive and a send that both wait leave the event loop its turns", async () => {
  await using dealer = new zmq.Dealer({ linger: 0 }); // connected to nobody
  const waits = [dealer.receive(), dealer.send("for nobody")];
  const settled = Promise.allSettled(waits);
  await within(1000, delay(20));
  dealer.close();
  assertEquals((await settled).map(({ status }) => status), ["rejected", "rejected"]);
});
