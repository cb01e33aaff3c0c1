import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";
import { connect as connectTcp } from "node:net";
import { delay, test, testEach } from "./helpers.ts";

const texts = (frames: Uint8Array[]) => frames.map(String);

/** Binds one and connects the other. */
async function join(server: zmq.Socket, client: zmq.Socket, address: string): Promise<void> {
  await server.bind(address);
  client.connect(server.lastEndpoint!);
}

testEach("Request and Reply take turns", async (address) => {
  await using reply = new zmq.Reply();
  await using request = new zmq.Request();
  await join(reply, request, address);
  for (const text of ["one", "two"]) {
    await request.send(text);
    assertEquals(texts(await reply.receive()), [text]);
    await reply.send([text, "again"]);
    assertEquals(texts(await request.receive()), [text, "again"]);
  }
  const error = await assertRejects(() => request.receive(), zmq.ZmqError);
  assertEquals(error.code, "EFSM");
});

testEach("Dealer and Router talk by name", async (address) => {
  await using router = new zmq.Router({ mandatory: true });
  await using dealer = new zmq.Dealer({ routingId: "me" });
  await join(router, dealer, address);
  await dealer.send(["a", "b"]);
  assertEquals(texts(await router.receive()), ["me", "a", "b"]);
  await router.send(["me", "c"]);
  assertEquals(texts(await dealer.receive()), ["c"]);
  const error = await assertRejects(() => router.send(["nobody", "x"]), zmq.ZmqError);
  assertEquals(error.code, "EHOSTUNREACH");
  // The failed message leaves nothing behind.
  await router.send(["me", "d"]);
  assertEquals(texts(await dealer.receive()), ["d"]);
});

testEach("Router connects to a peer under a name of its own", async (address) => {
  await using server = new zmq.Dealer();
  await using router = new zmq.Router({ mandatory: true });
  await server.bind(address);
  router.connect(server.lastEndpoint!, { routingId: "server" });
  await router.send(["server", "hello"]);
  assertEquals(texts(await server.receive()), ["hello"]);
});

testEach("Push and Pull spread messages", async (address) => {
  await using push = new zmq.Push();
  await using one = new zmq.Pull();
  await using two = new zmq.Pull();
  await push.bind(address);
  const both = waitFor(push, "handshake", address.startsWith("inproc") ? 0 : 2);
  one.connect(push.lastEndpoint!);
  two.connect(push.lastEndpoint!);
  await both;
  for (let index = 0; index < 4; index++) await push.send(String(index));
  const got = [];
  for (const pull of [one, two]) {
    got.push([...texts(await pull.receive()), ...texts(await pull.receive())].join());
  }
  assertEquals(got.sort(), ["0,2", "1,3"]);
});

/** Waits until a socket has seen an event so many times. */
async function waitFor(socket: zmq.Socket, type: zmq.EventType, times: number): Promise<void> {
  if (times === 0) return;
  for await (const event of socket.events) {
    if (event.type === type && --times === 0) return;
  }
}

testEach("Publisher and Subscriber match prefixes", async (address) => {
  await using publisher = new zmq.Publisher();
  await using subscriber = new zmq.Subscriber({ receiveTimeout: 5000 });
  await join(publisher, subscriber, address);
  subscriber.subscribe("sports", "news/");
  await until(async () => {
    await publisher.send(["sports", "ready?"]);
    subscriber.receiveTimeout = 20;
    return await subscriber.receive().then(() => true, () => false);
  });
  subscriber.receiveTimeout = 5000;
  for (const topic of ["news", "weather", "news/local"]) await publisher.send([topic, "x"]);
  let frames;
  do frames = texts(await subscriber.receive()); while (frames[1] === "ready?");
  assertEquals(frames, ["news/local", "x"]);
  subscriber.unsubscribe("news/", "sports");
  subscriber.subscribe();
  await until(async () => {
    await publisher.send("anything");
    subscriber.receiveTimeout = 20;
    return await subscriber.receive().then(([frame]) => String(frame) === "anything", () => false);
  });
});

async function until(attempt: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await attempt()) return;
    await delay(5);
  }
  throw new Error("It never came true");
}

testEach("XPublisher and XSubscriber see subscriptions", async (address) => {
  await using publisher = new zmq.XPublisher({ verbosity: "allSubsUnsubs" });
  await using subscriber = new zmq.XSubscriber();
  await join(publisher, subscriber, address);
  await subscriber.send(new Uint8Array([1, 65]));
  const [subscription] = await publisher.receive();
  assertEquals([...subscription!], [1, 65]);
  await publisher.send("Apple");
  assertEquals(texts(await subscriber.receive()), ["Apple"]);
  await subscriber.send(new Uint8Array([0, 65]));
  assertEquals([...(await publisher.receive())[0]!], [0, 65]);
  assertEquals(publisher.verbosity, "allSubsUnsubs");
});

test("XPublisher greets subscribers with its welcome message", async () => {
  await using publisher = new zmq.XPublisher({ welcomeMessage: "welcome" });
  await publisher.bind("tcp://127.0.0.1:*");
  await using subscriber = new zmq.Subscriber();
  subscriber.subscribe("welcome");
  subscriber.connect(publisher.lastEndpoint!);
  // The publisher acts on subscriptions while it receives.
  const [received] = await Promise.all([subscriber.receive(), publisher.receive()]);
  assertEquals(texts(received), ["welcome"]);
});

testEach("Pair talks both ways", async (address) => {
  await using left = new zmq.Pair();
  await using right = new zmq.Pair();
  await join(left, right, address);
  await left.send("to the right");
  await right.send("to the left");
  assertEquals(texts(await right.receive()), ["to the right"]);
  assertEquals(texts(await left.receive()), ["to the left"]);
});

test("Stream speaks plain TCP", async () => {
  await using stream = new zmq.Stream();
  await stream.bind("tcp://127.0.0.1:*");
  const { port } = new URL(stream.lastEndpoint!.replace("tcp:", "http:"));
  const client = connectTcp(Number(port), "127.0.0.1");
  const [id, hello] = await stream.receive();
  assertEquals([id.length, hello.length], [5, 0]);
  client.write("ping");
  const [from, data] = await stream.receive();
  assertEquals([String(data), id.equals(from)], ["ping", true]);
  const answer = new Promise((resolve) => client.once("data", resolve));
  await stream.send([id, "pong"]);
  assertEquals(String(await answer), "pong");
  const closed = new Promise((resolve) => client.once("close", resolve).resume());
  await stream.send([id, null]);
  stream.receive().catch(() => {}); // libzmq closes while it is called
  await closed;
});

test("Stream tells itself apart from its server by name", async () => {
  await using server = new zmq.Stream();
  await using client = new zmq.Stream();
  await server.bind("tcp://127.0.0.1:*");
  client.connect(server.lastEndpoint!, { routingId: "server" });
  assertEquals(texts(await client.receive()), ["server", ""]);
  await client.send(["server", "hi"]);
  await server.receive(); // that it connected
  assertEquals(String((await server.receive())[1]), "hi");
});

Deno.test("send() takes every kind of message", async () => {
  await using left = new zmq.Pair();
  await using right = new zmq.Pair();
  await join(left, right, "inproc://kinds");
  const shared = new SharedArrayBuffer(2);
  new Uint8Array(shared).set([1, 2]);
  const words = new Uint16Array([0x0201, 0x0403]);
  const kinds: [zmq.MessageLike, number[]][] = [
    ["ü", [0xc3, 0xbc]],
    [null, []],
    ["", []],
    [42, [0x34, 0x32]],
    [new Uint8Array([1, 2, 3]).subarray(1), [2, 3]],
    [new Uint8Array([5, 6]).buffer, [5, 6]],
    [new DataView(words.buffer, 1, 2), [2, 3]],
    [words, [1, 2, 3, 4]],
    [shared, [1, 2]],
    [new Uint8Array(shared), [1, 2]],
  ];
  await left.send(kinds.map(([message]) => message));
  const frames = await right.receive();
  assertEquals(frames.map((frame) => [...frame]), kinds.map(([, bytes]) => bytes));
  assertThrows(() => left.send([]), TypeError, "without frames");
  // deno-lint-ignore no-explicit-any
  assertThrows(() => left.send(undefined as any), TypeError, "a message is needed");
});

Deno.test("a received frame belongs to the receiver", async () => {
  await using left = new zmq.Pair();
  await using right = new zmq.Pair();
  await join(left, right, "inproc://own");
  const bytes = new Uint8Array(1000).fill(1);
  await left.send(bytes);
  bytes.fill(2);
  await left.send(bytes);
  const [first] = await right.receive();
  const [second] = await right.receive();
  assertInstanceOf(first, Uint8Array as never);
  assertEquals([first![0], first![999], second![0], second![999]], [1, 1, 2, 2]);
  first!.fill(9);
  assert(second!.every((byte) => byte === 2));
});

testEach("an iteration ends when its socket is closed", async (address) => {
  await using push = new zmq.Push();
  await using pull = new zmq.Pull();
  await join(push, pull, address);
  for (const text of ["a", "b", "c"]) await push.send(text);
  const got = [];
  for await (const [frame] of pull) {
    got.push(String(frame));
    if (got.length === 3) setTimeout(() => pull.close(), 10);
  }
  assertEquals(got, ["a", "b", "c"]);
  for await (const _ of pull) throw new Error("A closed socket gave a message");
});
