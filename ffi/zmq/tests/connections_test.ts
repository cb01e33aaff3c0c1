import { ConnectionMonitor } from "../connections.ts";
import { ContextOption, Flag, Option, PollEvent, SocketType } from "../constants.ts";
import { Message, openLibrary, Poller, ThinContext, type ThinSocket } from "../thin.ts";
import { assert, assertEquals } from "../../../tests/assert.ts";

openLibrary();
const PATIENCE_MS = 3000;
const hello = new TextEncoder().encode("hello");

/** A bound ROUTER with its monitor; clients have a context of their own. */
class Fixture {
  readonly context = new ThinContext();
  readonly router: ThinSocket;
  readonly monitor: ConnectionMonitor;
  readonly #clients = new ThinContext();
  readonly #open = new Set<ThinSocket>();
  readonly #poller = new Poller(2);

  constructor(ioThreads = 1) {
    this.context.set(ContextOption.IO_THREADS, ioThreads);
    this.router = this.context.socket(SocketType.ROUTER);
    this.monitor = new ConnectionMonitor(this.context, this.router);
    this.router.setInt(Option.LINGER, 0);
    this.router.bind("tcp://127.0.0.1:0");
    this.#poller.add(this.router, PollEvent.IN);
    this.#poller.add(this.monitor.socket, PollEvent.IN);
  }

  connect(): ThinSocket {
    const client = this.#clients.socket(SocketType.DEALER);
    client.setInt(Option.LINGER, 0);
    client.connect(this.router.lastEndpoint());
    this.#open.add(client);
    return client;
  }

  close(client: ThinSocket): void {
    this.#open.delete(client);
    client.close();
  }

  until(condition: () => boolean): void {
    const end = Date.now() + PATIENCE_MS;
    for (this.monitor.read(); !condition(); this.monitor.read()) {
      assert(Date.now() < end, "it did not happen");
      this.#poller.wait(10);
    }
  }

  /** Descriptor of the connection that the next message comes in on. */
  nextDescriptor(): number {
    using message = new Message();
    this.until(() => message.recv(this.router, Flag.DONTWAIT) >= 0);
    message.recv(this.router, 0);
    return message.sourceDescriptor();
  }

  [Symbol.dispose](): void {
    for (const client of this.#open) client.close();
    this.#clients.terminate();
    this.monitor.close();
    this.router.close();
    this.context.terminate();
  }
}

Deno.test("connections are counted and their end is told once", () => {
  using f = new Fixture();
  const clients = [f.connect(), f.connect(), f.connect()];
  f.until(() => f.monitor.open === 3);
  assertEquals(f.monitor.hasClosed, false);
  f.close(clients[1]!);
  f.until(() => f.monitor.hasClosed);
  assertEquals(f.monitor.open, 2);
  const closed = f.monitor.takeClosed();
  assertEquals(closed.length, 1);
  assertEquals(f.monitor.serial(closed[0]!.fd), closed[0]!.serial);
  assertEquals([f.monitor.hasClosed, f.monitor.takeClosed()], [false, []]);
});

Deno.test("a message's descriptor has a serial by the time that the message can be read", () => {
  using f = new Fixture();
  const serials = new Set<number>();
  for (let i = 0; i < 50; i++) {
    const client = f.connect();
    client.send(hello, 0);
    const fd = f.nextDescriptor();
    f.monitor.read();
    const serial = f.monitor.serial(fd);
    assert(serial > 0 && !serials.has(serial), `${serial} at ${i}`);
    serials.add(serial);
  }
});

Deno.test("a descriptor that is used again has a later serial than the connection that ended", () => {
  using f = new Fixture();
  let reused = 0;
  for (let i = 0; i < 30; i++) {
    const client = f.connect();
    client.send(hello, 0);
    const fd = f.nextDescriptor();
    f.monitor.read();
    const serial = f.monitor.serial(fd);
    f.close(client);
    f.until(() => f.monitor.hasClosed);
    assertEquals(f.monitor.takeClosed(), [{ fd, serial }]);
    const next = f.connect();
    next.send(hello, 0);
    const nextFd = f.nextDescriptor();
    f.monitor.read();
    if (nextFd === fd) {
      reused++;
      assert(f.monitor.serial(fd) > serial);
    }
    f.close(next);
    f.until(() => f.monitor.hasClosed);
    f.monitor.takeClosed();
  }
  assert(reused > 0, "no descriptor was used again");
});

Deno.test("a descriptor that was never seen has the serial 0", () => {
  using f = new Fixture();
  assertEquals(f.monitor.serial(12345), 0);
});

Deno.test("after the monitor's end the socket still works, whoever comes and goes", () => {
  using f = new Fixture();
  const clients = Array.from({ length: 10 }, () => f.connect());
  f.until(() => f.monitor.open === 10);
  f.monitor.close();
  f.monitor.close();
  for (const client of clients) f.close(client);
  // Long enough for libzmq to notice, and to want to tell.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  f.connect().send(hello, 0);
  const poller = new Poller(1);
  const slot = poller.add(f.router, PollEvent.IN);
  poller.wait(PATIENCE_MS);
  assertEquals(poller.ready(slot), PollEvent.IN);
});

Deno.test("a connection is known until it is told that it has ended, and can be cut", () => {
  using f = new Fixture();
  const client = f.connect();
  client.send(hello, 0);
  const fd = f.nextDescriptor();
  const serial = f.monitor.serial(fd);
  assert(f.monitor.hear(fd) && f.monitor.isOpen(fd, serial));
  assert(!f.monitor.isOpen(fd, serial + 1) && !f.monitor.hear(-1) && !f.monitor.hear(fd + 1000));
  f.monitor.cut(fd);
  f.until(() => f.monitor.hasClosed);
  assert(f.monitor.hear(fd) && !f.monitor.isOpen(fd, serial));
  assertEquals(f.monitor.takeClosed(), [{ fd, serial }]);
  // Its other end is there, and comes back.
  f.until(() => f.monitor.open === 1);
  client.send(hello, 0);
  const again = f.nextDescriptor();
  assert(f.monitor.isOpen(again, serial + 1));
});

Deno.test("with several I/O threads, a message tells of a connection as well: for a second", () => {
  using f = new Fixture(2);
  using other = new Fixture();
  const client = other.connect();
  other.until(() => other.monitor.open === 1);
  // A connection, though none that the watched socket will ever tell of.
  const [fd = -1] = other.monitor.descriptors;
  assert(!other.monitor.hear(fd + 1000) && !f.monitor.hear(fd + 1000) && !f.monitor.hear(-1));
  assert(f.monitor.hear(fd) && f.monitor.read());
  const serial = f.monitor.serial(fd);
  assert(f.monitor.isOpen(fd, serial) && f.monitor.open === 1);
  const { now } = Date;
  const { deadline } = f.monitor;
  assert(deadline > now() && deadline <= now() + 1000);
  try {
    Date.now = () => deadline;
    f.monitor.read();
  } finally {
    Date.now = now;
  }
  assertEquals([f.monitor.open, f.monitor.deadline], [0, Infinity]);
  assertEquals(f.monitor.takeClosed(), [{ fd, serial }]);
  // Nor for longer than it is there at all.
  assert(f.monitor.hear(fd));
  other.close(client);
  other.until(() => other.monitor.hasClosed);
  f.until(() => f.monitor.hasClosed);
  assertEquals([f.monitor.open, f.monitor.deadline], [0, Infinity]);
});

Deno.test("with one I/O thread, only the monitor tells of connections", () => {
  using f = new Fixture();
  using other = new Fixture();
  other.connect();
  other.until(() => other.monitor.open === 1);
  const [fd = -1] = other.monitor.descriptors;
  assert(!f.monitor.hear(fd) && f.monitor.open === 0);
});
