import { plainSite } from "../plain_site.ts";
import { Down } from "../../../ffi/bridge/layout.ts";
import type { Link } from "../../../ffi/bridge/link.ts";
import { Option, SocketType } from "../../../ffi/zmq/constants.ts";
import { openLibrary, Poller, ThinContext, type ThinSocket } from "../../../ffi/zmq/thin.ts";
import { Counter, type CounterName } from "../../../plugins/events/counters.ts";
import { PublisherService } from "../../../plugins/events/publisher.ts";
import { assert, assertEquals, assertThrows, fail } from "../../assert.ts";
import { type JanusEnd, JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import {
  frames,
  openSocket,
  PATIENCE_MS,
  receiveFrames,
  sendFrames,
  takeFrames,
  texts,
} from "../transport/sockets.ts";

openLibrary();
const janus = new JanusLibrary();

/** A publisher between a real link and real subscribers. */
class Fixture {
  readonly end: JanusEnd = janus.open();
  readonly log: string[] = [];
  readonly clients = new ThinContext();
  link!: Link;
  service!: PublisherService;
  readonly #sockets = new Set<ThinSocket>();
  #context!: ThinContext;
  #poller!: Poller;
  #finished = false;

  constructor(readonly sndhwm = 1000) {
    this.#open("tcp://127.0.0.1:*");
  }

  #open(endpoint: string): void {
    this.link = this.end.attach();
    this.#context = new ThinContext();
    const log = (text: string) => void this.log.push(text);
    this.service = new PublisherService({
      context: this.#context,
      link: this.link,
      log: { error: log, warning: log, info: log, verbose: log },
      site: plainSite(endpoint, { sndhwm: this.sndhwm }),
    });
    this.#poller = new Poller(4);
    this.service.watch(this.#poller);
  }

  /** The isolate dies, and another one takes its place. */
  restart(): void {
    const { endpoint } = this.service;
    this.#shut(0);
    this.end.renew();
    this.#open(endpoint);
  }

  finish(linger: number): void {
    this.#shut(linger);
    this.#finished = true;
  }

  #shut(linger: number): void {
    if (this.#finished) return;
    this.service.close(linger);
    this.#context.terminate();
    this.link.close();
  }

  subscribe(topic = "", type: number = SocketType.SUB): ThinSocket {
    const socket = openSocket(this.clients, type);
    socket.setInt(Option.RCVHWM, this.sndhwm);
    socket.connect(this.service.endpoint);
    if (type === SocketType.SUB) socket.setBytes(Option.SUBSCRIBE, topic);
    this.#sockets.add(socket);
    return socket;
  }

  closeClient(socket: ThinSocket): void {
    this.#sockets.delete(socket);
    socket.close();
  }

  /** Janus tells of an event. */
  event(text: string): boolean {
    return this.end.write(Down.event, text, { type: 1, session: 5n });
  }

  /** One round of the isolate's loop. */
  round(): void {
    const { link, service } = this;
    for (let i = 0, count = service.ready ? link.drain() : 0; i < count; i++) {
      service.record(i);
      link.commit(i);
    }
    service.receive();
    service.tick(Date.now());
    this.#poller.wait(1);
  }

  until(condition: () => boolean, what: string): void {
    const end = Date.now() + PATIENCE_MS;
    while (!condition()) {
      if (Date.now() > end) fail(`${what} did not happen: ${JSON.stringify(this.counters())}`);
      this.round();
    }
  }

  receive(socket: ThinSocket): string[] {
    let message: ReturnType<typeof takeFrames> = null;
    this.until(() => (message = takeFrames(socket)) !== null, "an event");
    return texts(message)!;
  }

  counter(name: CounterName): number {
    return this.end.counter(Counter[name]);
  }

  counters(): number[] {
    return Object.values(Counter).map((place) => this.end.counter(place));
  }

  [Symbol.dispose](): void {
    this.#shut(0);
    for (const socket of this.#sockets) socket.close();
    this.clients.terminate();
    this.end.close();
  }
}

Deno.test("each event is one frame, to all subscribers, as Janus wrote it", () => {
  using f = new Fixture();
  const subscribers = [f.subscribe(), f.subscribe()];
  f.until(() => f.counter("subscriptions") === 2, "two subscriptions");
  const events = ['{"session_id":9007199254740993}', '{"é":"\\u0000"}', "x".repeat(100_000)];
  for (const event of events) assert(f.event(event));
  for (const subscriber of subscribers) {
    for (const event of events) assertEquals(f.receive(subscriber), [event]);
  }
  assertEquals([f.counter("received"), f.counter("sent"), f.counter("dropped")], [3, 3, 0]);
  assertEquals(f.end.downUsed, 0);
});

Deno.test("events without a subscriber are published to nobody", () => {
  using f = new Fixture();
  f.event("early");
  f.until(() => f.end.downUsed === 0, "the event");
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  f.event("late");
  assertEquals(f.receive(subscriber), ["late"]);
});

Deno.test("subscribers and subscriptions are counted as they come and go", () => {
  using f = new Fixture();
  const [one, two] = [f.subscribe("a"), f.subscribe("a")];
  two.setBytes(Option.SUBSCRIBE, "b");
  f.until(() => f.counter("subscriptions") === 3, "three subscriptions");
  assertEquals(f.counter("subscribers"), 2);
  two.setBytes(Option.UNSUBSCRIBE, "b");
  f.until(() => f.counter("subscriptions") === 2, "one less");
  f.closeClient(one);
  f.until(() => f.counter("subscribers") === 1, "one subscriber less");
  f.until(() => f.counter("subscriptions") === 1, "its subscription less");
  f.closeClient(two);
  f.until(() => f.counter("subscriptions") === 0 && f.counter("subscribers") === 0, "none left");
});

Deno.test("what subscribers send besides subscriptions does no harm", () => {
  using f = new Fixture();
  const odd = f.subscribe("", SocketType.XSUB);
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  for (const message of [frames(""), frames("hello"), frames("a", "b"), frames("x".repeat(5000))]) {
    sendFrames(odd, message);
  }
  odd.send(Uint8Array.of(1, 97), 0);
  f.until(() => f.counter("subscriptions") === 2, "the subscription behind all that");
  f.event("event");
  assertEquals(f.receive(subscriber), ["event"]);
});

Deno.test("a subscriber that does not read loses events; nothing waits for it", () => {
  using f = new Fixture(10);
  const slow = f.subscribe(), quick = f.subscribe();
  f.until(() => f.counter("subscriptions") === 2, "two subscriptions");
  const text = "x".repeat(100_000);
  const begin = Date.now();
  for (let i = 0; i < 300; i++) {
    f.until(() => f.event(`${i} ${text}`), "room in the ring");
    assertEquals(parseInt(f.receive(quick)[0]!), i);
  }
  assert(Date.now() - begin < PATIENCE_MS);
  assertEquals([f.counter("sent"), f.counter("dropped")], [300, 0]);
  let got = 0;
  while (receiveFrames(slow, 200) !== null) got++;
  assert(got > 0 && got < 300, `${got} events`);
});

Deno.test("after a restart the events wait for the subscribers of before", () => {
  using f = new Fixture();
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  for (let i = 0; i < 5; i++) f.event(`missed ${i}`);
  f.restart();
  assert(!f.service.ready && f.service.timeout(Date.now()) > 0);
  for (let i = 0; i < 5; i++) assertEquals(f.receive(subscriber), [`missed ${i}`]);
  assert(f.service.ready && f.service.timeout(Date.now()) === -1);
  assertEquals(f.counter("subscriptions"), 1);
});

Deno.test("after a restart nobody is waited for in vain", () => {
  using f = new Fixture();
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  f.closeClient(subscriber);
  f.restart();
  f.event("event");
  f.round();
  assert(!f.service.ready);
  f.service.tick(Date.now() + 1000);
  assert(f.service.ready);
  f.until(() => f.end.downUsed === 0, "the event");
  f.restart();
  assert(f.service.ready, "there was no subscriber to wait for");
});

Deno.test("close() publishes what is queued, even while other subscribers go", () => {
  using f = new Fixture();
  const subscribers = Array.from({ length: 20 }, () => f.subscribe());
  f.until(() => f.counter("subscriptions") === 20, "the subscriptions");
  for (let i = 0; i < 10; i++) f.event(`${i} ${"x".repeat(10_000)}`);
  f.round();
  assertEquals(f.end.downUsed, 0);
  for (const subscriber of subscribers.slice(10)) f.closeClient(subscriber);
  f.finish(1000);
  for (const subscriber of subscribers.slice(0, 10)) {
    for (let i = 0; i < 10; i++) {
      assertEquals(parseInt(texts(receiveFrames(subscriber))?.[0] ?? ""), i);
    }
  }
});

Deno.test("an endpoint that is taken is an error that names it", () => {
  using f = new Fixture();
  const { service, link } = f;
  const context = new ThinContext();
  const log = () => {};
  const site = plainSite(service.endpoint);
  assertThrows(
    () =>
      new PublisherService({
        context,
        link,
        log: { error: log, warning: log, info: log, verbose: log },
        site,
      }),
    Error,
    service.endpoint,
  );
});
