import { Option, PollEvent, SocketType } from "../../../ffi/zmq/constants.ts";
import { openLibrary, Poller, ThinContext, type ThinSocket } from "../../../ffi/zmq/thin.ts";
import { EnvelopeReader } from "../../../plugins/transport/envelope.ts";
import { assert, assertEquals } from "../../assert.ts";
import {
  type Frame,
  frames,
  openSocket,
  PATIENCE_MS,
  receiveFrames,
  sendFrames,
  texts,
} from "./sockets.ts";

openLibrary();
const EMPTY: Frame = new Uint8Array(0);

/** A reader on a ROUTER, and a client of a type connected to it. */
class Fixture {
  readonly context = new ThinContext();
  readonly router = openSocket(this.context, SocketType.ROUTER);
  readonly reader = new EnvelopeReader(this.router);
  readonly #poller = new Poller(1);
  readonly #sockets: ThinSocket[] = [];
  readonly #slot = this.#poller.add(this.router, PollEvent.IN);

  constructor() {
    this.router.bind("tcp://127.0.0.1:0");
  }

  client(type: number, routingId?: string): ThinSocket {
    const socket = this.open(type, routingId);
    socket.connect(this.router.lastEndpoint());
    return socket;
  }

  open(type: number, routingId?: string): ThinSocket {
    const socket = openSocket(this.context, type, routingId);
    this.#sockets.push(socket);
    return socket;
  }

  /** Reads a message, which must come. */
  read(): EnvelopeReader {
    this.#poller.wait(PATIENCE_MS);
    assert(this.#poller.ready(this.#slot) !== 0, "nothing came");
    assert(this.reader.read());
    return this.reader;
  }

  body(): string {
    return new TextDecoder().decode(this.reader.body.copy());
  }

  id(): string {
    return new TextDecoder().decode(this.reader.routingId);
  }

  [Symbol.dispose](): void {
    this.reader.close();
    for (const socket of this.#sockets) socket.close();
    this.router.close();
    this.context.terminate();
  }
}

function shape({ hops, correlation, delimiter, joined }: EnvelopeReader) {
  return {
    hops: texts(hops),
    correlation: correlation !== null,
    delimiter,
    valid: joined === null,
  };
}

const PLAIN = { hops: [], correlation: false, delimiter: false, valid: true };

Deno.test("a DEALER's single frame is the request", () => {
  using f = new Fixture();
  sendFrames(f.client(SocketType.DEALER, "me"), frames("{}"));
  assertEquals(shape(f.read()), PLAIN);
  assertEquals([f.id(), f.body()], ["me", "{}"]);
  assert(!f.reader.read());
});

Deno.test("a client without a name of its own has the five bytes that libzmq made up", () => {
  using f = new Fixture();
  sendFrames(f.client(SocketType.DEALER), frames("{}"));
  f.read();
  assertEquals([f.reader.routingId.length, f.reader.routingId[0]], [5, 0]);
});

Deno.test("a DEALER may put a delimiter before the request", () => {
  using f = new Fixture();
  const client = f.client(SocketType.DEALER, "me");
  sendFrames(client, [EMPTY, ...frames("{}")]);
  assertEquals(shape(f.read()), { ...PLAIN, delimiter: true });
  assertEquals(f.body(), "{}");
  // What one message was says nothing of the next.
  sendFrames(client, frames("[]"));
  assertEquals(shape(f.read()), PLAIN);
  assertEquals(f.body(), "[]");
});

Deno.test("a REQ's delimiter is none of the request", () => {
  using f = new Fixture();
  sendFrames(f.client(SocketType.REQ), frames("{}"));
  assertEquals(shape(f.read()), { ...PLAIN, delimiter: true });
  assertEquals(f.body(), "{}");
});

Deno.test("a correlated REQ gets its number back before the delimiter", () => {
  using f = new Fixture();
  const client = f.open(SocketType.REQ);
  client.setInt(Option.REQ_CORRELATE, 1);
  client.connect(f.router.lastEndpoint());
  sendFrames(client, frames("{}"));
  assertEquals(shape(f.read()), { ...PLAIN, correlation: true, delimiter: true });
  assertEquals(f.body(), "{}");
  const { ids: [routingId], correlation } = f.reader;
  sendFrames(f.router, [routingId, correlation!, EMPTY, ...frames("ok")]);
  assertEquals(texts(receiveFrames(client)), ["ok"]);
});

Deno.test("behind a proxy the client is a hop further", () => {
  using f = new Fixture();
  const front = f.open(SocketType.ROUTER);
  const back = f.client(SocketType.DEALER, "proxy");
  front.bind("tcp://127.0.0.1:0");
  const client = f.open(SocketType.REQ, "client");
  client.connect(front.lastEndpoint());
  sendFrames(client, frames("{}"));
  sendFrames(back, receiveFrames(front)!);
  assertEquals(shape(f.read()), { ...PLAIN, hops: ["client"], delimiter: true });
  assertEquals([f.id(), f.body()], ["proxy", "{}"]);
  sendFrames(f.router, [...frames("proxy", "client"), EMPTY, ...frames("ok")]);
  sendFrames(front, receiveFrames(back)!);
  assertEquals(texts(receiveFrames(client)), ["ok"]);
});

Deno.test("an empty request is a request", () => {
  using f = new Fixture();
  const client = f.client(SocketType.DEALER, "me");
  sendFrames(client, [EMPTY]);
  assertEquals([shape(f.read()), f.body()], [PLAIN, ""]);
  sendFrames(client, [EMPTY, EMPTY]);
  assertEquals([shape(f.read()), f.body()], [{ ...PLAIN, delimiter: true }, ""]);
});

Deno.test("what stands before the body are hops, with a delimiter or without", () => {
  using f = new Fixture();
  const client = f.client(SocketType.DEALER, "proxy");
  sendFrames(client, frames("a", "b", "{}"));
  assertEquals(shape(f.read()), { ...PLAIN, hops: ["a", "b"] });
  assertEquals(f.body(), "{}");
  sendFrames(client, [...frames("a", "b"), EMPTY, ...frames("{}")]);
  assertEquals(shape(f.read()), { ...PLAIN, hops: ["a", "b"], delimiter: true });
  assertEquals(f.body(), "{}");
  sendFrames(client, [...frames("a"), EMPTY]);
  assertEquals([shape(f.read()), f.body()], [{ ...PLAIN, hops: ["a"] }, ""]);
});

Deno.test("four bytes are a correlation only before a delimiter", () => {
  using f = new Fixture();
  const client = f.client(SocketType.DEALER, "proxy");
  sendFrames(client, frames("1234", "{}"));
  assertEquals(shape(f.read()), { ...PLAIN, hops: ["1234"] });
  sendFrames(client, [...frames("client", "1234"), EMPTY, ...frames("{}")]);
  assertEquals(shape(f.read()), {
    ...PLAIN,
    hops: ["client"],
    correlation: true,
    delimiter: true,
  });
  assertEquals(texts([f.reader.correlation!]), ["1234"]);
});

const MALFORMED: Record<string, Frame[]> = {
  "two bodies after a delimiter": [EMPTY, ...frames("{}", "{}")],
  "two delimiters": [EMPTY, EMPTY, ...frames("{}")],
  "two bodies behind a proxy": [...frames("hop"), EMPTY, ...frames("{}", "{}")],
  "a hop that is too long": [new Uint8Array(256).fill(120), EMPTY, ...frames("{}")],
  "too many hops": [...Array.from({ length: 17 }, () => frames("hop")[0]!), EMPTY, ...frames("{}")],
  "a hundred frames": Array.from({ length: 100 }, () => frames("x")[0]!),
};

Deno.test("what is no request is read to its end, and the next one is well", async (t) => {
  for (const [name, message] of Object.entries(MALFORMED)) {
    await t.step(name, () => {
      using f = new Fixture();
      const client = f.client(SocketType.DEALER, "me");
      sendFrames(client, message);
      sendFrames(client, frames("{}"));
      assertEquals(shape(f.read()).valid, false);
      assertEquals([f.id(), f.reader.correlation], ["me", null]);
      assertEquals([shape(f.read()), f.body()], [PLAIN, "{}"]);
    });
  }
});

Deno.test("a body in several frames is told by how it begins, up to 64 KiB of it", async (t) => {
  const long = "x".repeat(300);
  const most = "y".repeat(65_536 - 300);
  const cases: Record<string, [Frame[], string, string[]]> = {
    "after a delimiter": [[EMPTY, ...frames("a", "", "b")], "ab", []],
    "with a first frame that is no routing id": [frames(long, "b"), `${long}b`, []],
    "behind a proxy": [[...frames("hop"), EMPTY, ...frames("a", "b")], "ab", ["hop"]],
    "in frames that could be hops": [frames(..."abcdefghijklmnopqrs"), "abcdefghijklmnopqrs", []],
    "longer than what is kept": [frames(long, most, "z"), long + most, []],
    "with one that is cut": [frames(long, `${most}cut`, "z"), long + most, []],
  };
  for (const [name, [message, begin, hops]] of Object.entries(cases)) {
    await t.step(name, () => {
      using f = new Fixture();
      sendFrames(f.client(SocketType.DEALER, "me"), message);
      const { joined, hops: found } = f.read();
      assertEquals([new TextDecoder().decode(joined!), texts(found)], [begin, hops]);
    });
  }
});

Deno.test("a DEALER behind a proxy need put no delimiter", () => {
  using f = new Fixture();
  sendFrames(f.client(SocketType.DEALER, "proxy"), frames("client", "{}"));
  assertEquals(shape(f.read()), { ...PLAIN, hops: ["client"] });
  assertEquals(f.body(), "{}");
});

Deno.test("a correlated REQ that sends no request can still be told", () => {
  using f = new Fixture();
  const client = f.client(SocketType.DEALER, "me");
  sendFrames(client, [...frames("1234"), EMPTY, ...frames("{}", "{}")]);
  assertEquals(shape(f.read()), { ...PLAIN, correlation: true, delimiter: true, valid: false });
});

Deno.test("sixteen hops are not too many", () => {
  using f = new Fixture();
  const hops = Array.from({ length: 16 }, (_, i) => `hop-${i}`);
  sendFrames(f.client(SocketType.DEALER, "me"), [...frames(...hops), EMPTY, ...frames("{}")]);
  assertEquals(shape(f.read()), { ...PLAIN, hops, delimiter: true });
});
