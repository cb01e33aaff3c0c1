import { assert, assertEquals, assertThrows } from "../../../tests/assert.ts";
import { Errno, Flag, MessageProperty, Option, PollEvent, SocketType } from "../constants.ts";
import { Message, Poller, ThinContext, ZmqError } from "../thin.ts";
import { freeAddress, runDeno, TRANSPORTS } from "./helpers.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

for (const transport of TRANSPORTS) {
  Deno.test(`ThinSocket passes frames of a message over ${transport}`, () => {
    using context = new ThinContext();
    using server = context.socket(SocketType.PULL);
    using client = context.socket(SocketType.PUSH);
    server.bind(freeAddress(transport));
    client.connect(server.lastEndpoint());
    assertEquals(client.send(bytes("one"), Flag.SNDMORE), 3);
    assertEquals(client.send(new Uint8Array(0), Flag.SNDMORE), 0);
    assertEquals(client.send(bytes("three"), Flag.NONE), 5);
    const buffer = new Uint8Array(new ArrayBuffer(16));
    assertEquals(server.recv(buffer, Flag.NONE), 3);
    assertEquals(text(buffer.subarray(0, 3)), "one");
    assert(server.more());
    using message = new Message();
    assertEquals(message.recv(server, Flag.NONE), 0);
    assert(message.more());
    assertEquals(message.recv(server, Flag.NONE), 5);
    assert(!message.more());
    assertEquals(text(message.copy()), "three");
    assertEquals(server.recv(buffer, Flag.DONTWAIT), -1);
    assertEquals(context.library.errno(), Errno.EAGAIN);
  });
}

Deno.test("what the runtime fails at between a receive and its errno is not taken for the receive's error", () => {
  using context = new ThinContext();
  using socket = context.socket(SocketType.PAIR);
  const buffer = new Uint8Array(new ArrayBuffer(16));
  assertEquals(socket.recv(buffer, Flag.DONTWAIT), -1);
  assertThrows(() => Deno.statSync("/there is none"), Deno.errors.NotFound);
  assertEquals(context.library.errno(), 2); // ENOENT
  assertEquals(context.library.transferErrno(), Errno.EINTR);
});

Deno.test("ThinSocket.recv() tells the whole size of a frame that it cuts", () => {
  using context = new ThinContext();
  using server = context.socket(SocketType.PAIR);
  using client = context.socket(SocketType.PAIR);
  server.bind("inproc://cut");
  client.connect("inproc://cut");
  client.send(new Uint8Array(100).fill(7), Flag.NONE);
  const buffer = new Uint8Array(new ArrayBuffer(10));
  assertEquals(server.recv(buffer, Flag.NONE), 100);
  assertEquals([...buffer], Array(10).fill(7));
});

Deno.test("ThinSocket sends and receives from one small buffer again and again", () => {
  using context = new ThinContext();
  using server = context.socket(SocketType.PAIR);
  using client = context.socket(SocketType.PAIR);
  server.bind("inproc://again");
  client.connect("inproc://again");
  // Small enough for the collector to keep its bytes and move them: make it do so.
  const [out, into] = [new Uint8Array(4), new Uint8Array(4)];
  const litter: Uint8Array[] = [];
  for (let number = 0; number < 3000; number++) {
    for (let more = 0; more < 100; more++) litter[more] = new Uint8Array(32);
    out.fill(number);
    assertEquals(client.send(out, Flag.NONE), 4);
    into.fill(~number);
    assertEquals(server.recv(into, Flag.NONE), 4);
    assertEquals(into, out);
  }
});

Deno.test("ThinSocket touches no memory that was taken away from a buffer", () => {
  using context = new ThinContext();
  using server = context.socket(SocketType.PAIR);
  using client = context.socket(SocketType.PAIR);
  server.bind("inproc://taken");
  client.connect("inproc://taken");
  const buffer = new Uint8Array(new ArrayBuffer(8)).fill(1);
  for (let time = 0; time < 3; time++) {
    assertEquals(client.send(buffer, Flag.NONE), 8);
    assertEquals(server.recv(buffer, Flag.NONE), 8);
  }
  const taken = new Uint8Array(buffer.buffer.transfer());
  client.send(new Uint8Array(8).fill(2), Flag.NONE);
  assertEquals(server.recv(buffer, Flag.NONE), 8);
  assertEquals([...taken], Array(8).fill(1));
  assertEquals(client.send(buffer, Flag.NONE), 0);
  assertEquals(server.recv(taken, Flag.NONE), 0);

  const growing = new ArrayBuffer(4, { maxByteLength: 16 });
  const view = new Uint8Array(growing);
  for (const size of [4, 4, 4, 16, 2]) {
    growing.resize(size);
    view.fill(size);
    assertEquals(client.send(view, Flag.NONE), size);
    const copy = new Uint8Array(new ArrayBuffer(16));
    assertEquals(server.recv(copy, Flag.NONE), size);
    assertEquals([...copy.subarray(0, size)], Array(size).fill(size));
  }
});

Deno.test("a Message hands its frame on without a copy, or by its pointer", () => {
  using context = new ThinContext();
  using server = context.socket(SocketType.PAIR);
  using client = context.socket(SocketType.PAIR);
  server.bind("inproc://forward");
  client.connect("inproc://forward");
  using message = new Message();
  const big = new Uint8Array(70_000).map((_, index) => index);
  client.send(big, Flag.NONE);
  assertEquals(message.recv(server, Flag.NONE), big.length);
  assertEquals(server.sendPointer(message.data(), BigInt(message.size), Flag.NONE), big.length);
  assertEquals(message.send(server, Flag.NONE), big.length);
  assertEquals(message.size, 0);
  for (let copy = 0; copy < 2; copy++) {
    message.recv(client, Flag.NONE);
    assertEquals(message.copy(), big);
  }
  assertThrows(() => message.copyTo(new Uint8Array(1)), RangeError, "Cannot copy 70000 bytes");
});

Deno.test("a Message knows its peer", () => {
  using context = new ThinContext();
  using router = context.socket(SocketType.ROUTER);
  using dealer = context.socket(SocketType.DEALER);
  router.bind("tcp://127.0.0.1:*");
  dealer.connect(router.lastEndpoint());
  dealer.send(bytes("x"), Flag.NONE);
  using message = new Message();
  message.recv(router, Flag.NONE);
  message.recv(router, Flag.NONE);
  assertEquals(message.gets("Peer-Address"), "127.0.0.1");
  assertEquals(message.gets("Socket-Type"), "DEALER");
  assertEquals(message.gets("X-Nothing"), null);
  assert(message.sourceDescriptor() > 2);
  assertEquals(message.get(MessageProperty.MORE), 0);
});

Deno.test("ThinSocket's errors carry code, number and address", () => {
  using context = new ThinContext();
  using first = context.socket(SocketType.REP);
  using second = context.socket(SocketType.REP);
  first.bind("tcp://127.0.0.1:*");
  const address = first.lastEndpoint();
  const error = assertThrows(() => second.bind(address), ZmqError);
  assertEquals([error.code, error.errno, error.address], ["EADDRINUSE", Errno.EADDRINUSE, address]);
  assertEquals(assertThrows(() => second.connect("nonsense"), ZmqError).code, "EINVAL");
  assertEquals(assertThrows(() => second.unbind(address), ZmqError).code, "ENOENT");
  assertEquals(assertThrows(() => second.setInt(Option.LINGER, -2), ZmqError).code, "EINVAL");
  first.unbind(address);
  assertEquals(assertThrows(() => first.unbind(address), ZmqError).code, "ENOENT");
});

Deno.test("ThinSocket reads back the options it sets", () => {
  using context = new ThinContext();
  using socket = context.socket(SocketType.DEALER);
  socket.setInt(Option.SNDHWM, 7);
  socket.setInt64(Option.MAXMSGSIZE, 1n << 40n);
  socket.setBytes(Option.ROUTING_ID, "näme");
  assertEquals(socket.getInt(Option.SNDHWM), 7);
  assertEquals(socket.getInt64(Option.MAXMSGSIZE), 1n << 40n);
  assertEquals(text(socket.getBytes(Option.ROUTING_ID)), "näme");
  assertEquals(socket.events(), 0);
  socket.close();
  socket.close();
  assertEquals(socket.events(), -1);
});

Deno.test("Poller waits for sockets and descriptors together", () => {
  using context = new ThinContext();
  using server = context.socket(SocketType.PAIR);
  using client = context.socket(SocketType.PAIR);
  server.bind("inproc://poll");
  client.connect("inproc://poll");
  const system = Deno.dlopen(context.library.path, {
    pipe: { parameters: ["buffer"], result: "i32" },
    write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const pipe = new Int32Array(2);
  assertEquals(system.symbols.pipe(pipe), 0);
  const poller = new Poller(2);
  const socketSlot = poller.add(server, PollEvent.IN);
  const pipeSlot = poller.add(pipe[0]!, PollEvent.IN);
  assertThrows(() => poller.add(0, PollEvent.IN), RangeError, "it is full");
  assertEquals(poller.wait(0), 0);
  client.send(bytes("x"), Flag.NONE);
  assertEquals(poller.wait(1000), 1);
  assertEquals([poller.ready(socketSlot), poller.ready(pipeSlot)], [PollEvent.IN, 0]);
  system.symbols.write(pipe[1]!, bytes("y"), 1n);
  assertEquals(poller.wait(1000), 2);
  poller.remove(pipeSlot);
  assertEquals(poller.wait(1000), 1);
  assertEquals(poller.ready(pipeSlot), 0);
  assertEquals(poller.add(client, PollEvent.OUT), pipeSlot);
  assertEquals(poller.wait(1000), 2);
  poller.modify(socketSlot, PollEvent.OUT);
  assertEquals(poller.wait(1000), 2);
  assertEquals(poller.ready(socketSlot), PollEvent.OUT);
  pipe.forEach((fd) => system.symbols.close(fd));
  system.close();
});

Deno.test("Poller does not sleep over a message that sending has taken note of", () => {
  using context = new ThinContext();
  using server = context.socket(SocketType.PAIR);
  using client = context.socket(SocketType.PAIR);
  server.bind("tcp://127.0.0.1:*");
  client.connect(server.lastEndpoint());
  const into = bytes("....");
  const poller = new Poller(1);
  const slot = poller.add(server, PollEvent.IN);
  client.send(bytes("1"), Flag.NONE);
  assertEquals(poller.wait(5000), 1);
  assertEquals(poller.wait(0), 1); // as long as it is not read
  assertEquals(server.recv(into, Flag.DONTWAIT), 1);
  assertEquals(server.exhausted, false);
  assertEquals(server.recv(into, Flag.DONTWAIT), -1);
  assertEquals(server.exhausted, true);
  client.send(bytes("2"), Flag.NONE);
  assert(isReadable(server.getInt(Option.FD), 5000));
  // libzmq's send takes in what is new only if that was not done within the last millisecond.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  server.send(bytes("3"), Flag.NONE);
  assert(!isReadable(server.getInt(Option.FD), 0), "the descriptor still tells: nothing is tested");
  assertEquals([server.exhausted, poller.wait(5000)], [false, 1]);
  assertEquals(poller.ready(slot), PollEvent.IN);
});

Deno.test("Poller tells of messages only, whatever else happens to a socket", () => {
  using context = new ThinContext();
  using server = context.socket(SocketType.PAIR);
  server.bind("tcp://127.0.0.1:*");
  const poller = new Poller(1);
  poller.add(server, PollEvent.IN);
  assertEquals(poller.wait(0), 0);
  const client = context.socket(SocketType.PAIR);
  client.connect(server.lastEndpoint());
  assert(isReadable(server.getInt(Option.FD), 5000)); // a connection is a change
  const begin = performance.now();
  assertEquals(poller.wait(100), 0);
  assert(performance.now() - begin >= 95, "it gave up too soon");
  client.close();
});

Deno.test("Poller tells of a pipe whose other end is closed, and of a context's end", () => {
  using context = new ThinContext();
  using socket = context.socket(SocketType.PAIR);
  const system = Deno.dlopen(context.library.path, {
    pipe: { parameters: ["buffer"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const pipe = new Int32Array(2);
  assertEquals(system.symbols.pipe(pipe), 0);
  const poller = new Poller(2);
  const slot = poller.add(pipe[0]!, PollEvent.IN);
  system.symbols.close(pipe[1]!);
  assertEquals([poller.wait(5000), poller.ready(slot)], [1, PollEvent.ERR]);
  poller.remove(slot);
  system.symbols.close(pipe[0]!);
  system.close();
  poller.add(socket, PollEvent.IN);
  assertEquals(poller.wait(0), 0);
  context.shutdown();
  assertEquals([poller.wait(5000), context.library.errno()], [-1, Errno.ETERM]);
});

/** Whether a descriptor is readable, within a while. */
function isReadable(fd: number, patience: number): boolean {
  const poller = new Poller(1);
  poller.add(fd, PollEvent.IN);
  return poller.wait(patience) === 1;
}

Deno.test("the thin layer goes on working after the ffi permission is given up", async () => {
  const thin = new URL("../thin.ts", import.meta.url).href;
  const { code, stdout, stderr } = await runDeno(`
    const { ThinContext, Message, Poller } = await import(${JSON.stringify(thin)});
    const context = new ThinContext();
    Deno.permissions.revokeSync({ name: "ffi" });
    try { Deno.UnsafePointer.create(1n); } catch (error) { console.log(error.name); }
    const router = context.socket(6), dealer = context.socket(5);
    router.bind("tcp://127.0.0.1:*");
    dealer.connect(router.lastEndpoint());
    const poller = new Poller(1, context.library);
    poller.add(router, 1);
    dealer.send(new Uint8Array([104, 105]), 0);
    console.log(poller.wait(5000));
    const message = new Message(context.library);
    message.recv(router, 1);
    message.recv(router, 1);
    console.log(new TextDecoder().decode(message.copy()), message.gets("Peer-Address"));
    try { dealer.bind("nonsense"); } catch (error) { console.log(error.code, error.message); }
    router.close(); dealer.close(); context.terminate();
  `);
  assertEquals(code, 0, stderr);
  assertEquals(
    stdout,
    "NotCapable\n1\nhi 127.0.0.1\nEINVAL Cannot bind nonsense: Invalid argument\n",
  );
});

Deno.test("ThinContext.terminateWithin() waits no longer than it is told", async () => {
  const context = new ThinContext();
  const socket = context.socket(SocketType.PULL);
  const begun = performance.now();
  assertEquals(await context.terminateWithin(50), false); // there is a socket left
  assert(performance.now() - begun >= 50);
  socket.close(); // now it ends
  const other = new ThinContext();
  other.socket(SocketType.PULL).close();
  assertEquals(await other.terminateWithin(10_000), true);
});
