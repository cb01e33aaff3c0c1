/**
 * What programs for npm's `zeromq` say to TypeScript: that this file compiles is the test. An
 * expected error that does not come is one itself.
 */
import { Buffer } from "node:buffer";
import { assertEquals } from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";

/** Compiles where `A` is a `B`. */
function is<A extends B, B>(..._proof: A[]): void {}

Deno.test("one received frame is there, and is a Buffer", async () => {
  await using reply = new zmq.Reply();
  await using request = new zmq.Request();
  reply.bindSync("inproc://types");
  request.connect("inproc://types");
  await request.send(JSON.stringify({ number: 4 }));
  const [text] = await reply.receive();
  is<typeof text, Buffer>(text);
  await reply.send([text, text.toString()]);
  for await (const [first] of request) {
    assertEquals(JSON.parse(first.toString()), { number: 4 });
    assertEquals(JSON.parse(`${first}`), { number: 4 });
    break;
  }
});

Deno.test("the types of npm's zeromq are there", () => {
  is<string, typeof zmq.version>();
  is<zmq.Observer, zmq.EventSubscriber>();
  is<{ routingId: string }, zmq.RouterConnectOptions>();
  is<{ routingId: string }, zmq.StreamConnectOptions>();
  is<zmq.Dealer, zmq.Readable>();
  is<zmq.Dealer, zmq.Writable>();
  is<zmq.Subscriber, zmq.Readable>();
  is<zmq.Publisher, zmq.Writable>();
  is<zmq.Stream, zmq.Readable<[zmq.Message, zmq.Message]>>();
  is<zmq.Stream, zmq.Writable<[zmq.MessageLike, zmq.MessageLike]>>();
  is<zmq.SocketOptions<zmq.Dealer>, { linger?: number; context?: zmq.Context }>();
  // @ts-expect-error: only sockets that receive are readable
  is<zmq.Publisher, zmq.Readable>();
});

Deno.test("options are typed, those of Readable and Writable too", () => {
  const use = (socket: zmq.Readable & zmq.Writable): number[] => {
    socket.receiveTimeout = 5;
    socket.sendHighWaterMark = 10;
    return [socket.receiveTimeout, socket.sendHighWaterMark];
  };
  using dealer = new zmq.Dealer({ routingId: "me", probeRouter: true });
  assertEquals(use(dealer), [5, 10]);
  using publisher = new zmq.Publisher({ conflate: true, loopbackFastPath: false });
  assertEquals([publisher.conflate, publisher.loopbackFastPath], [true, false]);
  is<"hostBased" | "userName" | "krb5Principal", typeof dealer.gssapiPrincipalNameType>();
  is<typeof dealer.gssapiPrincipalNameType, "hostBased" | "userName" | "krb5Principal">();
  using subscriber = new zmq.Subscriber();
  subscriber.subscribe("text", Buffer.from("buffer"), new Uint8Array(1));
  subscriber.unsubscribe(Buffer.from("buffer"));
  // @ts-expect-error: read only
  const change = () => dealer.lastEndpoint = "x";
  // @ts-expect-error: another class's
  const other = () => dealer.mandatory;
  assertEquals([typeof change, typeof other], ["function", "function"]);
});

Deno.test("classes of one's own can use options that have no property", () => {
  class Own extends zmq.Socket {
    constructor(options?: zmq.SocketOptions<Own>) {
      super(5, options);
    }

    get depth(): number {
      return this.getInt32Option(19);
    }

    set depth(value: number) {
      this.setInt32Option(19, value);
    }
  }
  using own = new Own({ linger: 0 });
  own.depth = 7;
  assertEquals([own.depth, own.backlog, own.context === zmq.context], [7, 7, true]);
});

Deno.test("each event has its own properties", () => {
  const told = (event: zmq.Event): unknown => {
    switch (event.type) {
      case "end":
      case "unknown":
        return undefined;
      case "connect:retry":
        return event.interval;
      case "accept:error":
      case "bind:error":
      case "close:error":
      case "handshake:error:other":
        return [event.error.code, event.error.errno, event.address];
      default:
        return event.address;
    }
  };
  assertEquals(told({ type: "bind", address: "x" }), "x");
  const retry = (event: zmq.EventOfType<"connect:retry">) => event.interval;
  assertEquals(retry({ type: "connect:retry", address: "x", interval: 5 }), 5);
});
