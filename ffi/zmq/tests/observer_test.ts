import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";
import { test } from "./helpers.ts";

/** Reads events until one of a type comes. */
async function next<E extends zmq.EventType>(
  observer: zmq.Observer,
  type: E,
): Promise<zmq.EventOfType<E>> {
  for (;;) {
    const event = await observer.receive();
    if (event.type === type) return event as zmq.EventOfType<E>;
    if (event.type === "end") throw new Error(`${type} never came`);
  }
}

test("an Observer tells how a connection comes and goes", async () => {
  await using reply = new zmq.Reply();
  const server = reply.events;
  assertEquals(reply.events, server);
  await reply.bind("tcp://127.0.0.1:*");
  const address = reply.lastEndpoint!;
  assertEquals(await server.receive(), { type: "bind", address });
  const request = new zmq.Request({ linger: 0 });
  const client = new zmq.Observer(request);
  request.connect(address);
  assertEquals((await next(server, "accept")).address, address);
  await next(server, "handshake");
  await next(client, "handshake");
  request.close();
  assertEquals((await next(client, "end")).type, "end");
  assert(client.closed);
  assertEquals(assertThrows(() => client.receive(), zmq.ZmqError).code, "EBADF");
  assertEquals((await next(server, "disconnect")).address, address);
  await reply.unbind(address);
  assertEquals((await next(server, "close")).address, address);
});

test("an Observer tells of a port that is taken and of attempts to reconnect", async () => {
  await using first = new zmq.Reply();
  await using second = new zmq.Reply();
  await first.bind("tcp://127.0.0.1:*");
  const address = first.lastEndpoint!;
  const events = second.events;
  const error = await assertRejects(() => second.bind(address), zmq.ZmqError);
  assertEquals([error.code, error.address], ["EADDRINUSE", address]);
  const event = await next(events, "bind:error");
  assertEquals([event.error.code, event.error.errno], ["EADDRINUSE", error.errno]);
  assertEquals(event.address, address.replace("tcp://", "")); // as libzmq says it
  await using dealer = new zmq.Dealer({ linger: 0, reconnectInterval: 20 });
  const lonely = dealer.events;
  dealer.connect("tcp://127.0.0.1:1");
  const retry = await next(lonely, "connect:retry");
  assert(retry.interval >= 20 && retry.interval < 100, `${retry.interval} ms`);
});

test("an Observer tells of a peer with other security", async () => {
  const { secretKey } = zmq.curveKeyPair();
  await using server = new zmq.Reply({ curveServer: true, curveSecretKey: secretKey });
  await server.bind("tcp://127.0.0.1:*");
  const events = server.events;
  await using client = new zmq.Request({ linger: 0 });
  client.connect(server.lastEndpoint!);
  const event = await next(events, "handshake:error:protocol");
  assertInstanceOf(event.error, zmq.ProtoError);
  assertEquals(event.error.code, "ERR_ZMTP_MECHANISM_MISMATCH");
});

test("an Observer calls listeners, and ends with its socket", async () => {
  const socket = new zmq.Dealer();
  const seen: string[] = [];
  const ended = Promise.withResolvers<void>();
  const unwanted = () => seen.push("never");
  socket.events.on("bind", ({ address }) => seen.push(address));
  socket.events.on("bind", unwanted).off("bind", unwanted);
  socket.events.on("end", () => ended.resolve());
  await socket.bind("tcp://127.0.0.1:*");
  const address = socket.lastEndpoint!;
  assertEquals(assertThrows(() => socket.events.receive(), zmq.ZmqError).code, "EBUSY");
  socket.close();
  await ended.promise;
  assertEquals(seen, [address]);
});

test("iterating over an Observer ends when it is closed", async () => {
  await using socket = new zmq.Dealer();
  const { events } = socket;
  setTimeout(() => events.close(), 10);
  for await (const event of events) throw new Error(`Nothing happened, but ${event.type}`);
  assert(events.closed);
});

test("a socket whose Observer is closed holds up nobody else's events", async () => {
  await using watched = new zmq.Router();
  await watched.bind("tcp://127.0.0.1:*");
  watched.events.close();
  // Each of these would be told of: libzmq's thread must not wait for somebody to read it.
  for (let i = 0; i < 3; i++) {
    await using dealer = new zmq.Dealer({ linger: 0 });
    dealer.connect(watched.lastEndpoint!);
    await dealer.send("hello");
    await watched.receive();
  }
  await using other = new zmq.Router();
  const { events } = other;
  await other.bind("tcp://127.0.0.1:*");
  const dealer = new zmq.Dealer({ linger: 0 });
  dealer.connect(other.lastEndpoint!);
  await next(events, "handshake");
  dealer.close();
  await next(events, "disconnect");
});
