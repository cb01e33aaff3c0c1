import { assert, assertEquals, assertRejects, assertThrows } from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";
import { delay, test, testEach } from "./helpers.ts";

testEach("a Proxy queues requests for workers", async (address) => {
  const proxy = new zmq.Proxy(new zmq.Router({ linger: 0 }), new zmq.Dealer({ linger: 0 }));
  await proxy.frontEnd.bind(address);
  await proxy.backEnd.bind(`${address.replace("*", "0").replace(":0", ":*")}${suffix(address)}`);
  const [front, back] = [proxy.frontEnd.lastEndpoint!, proxy.backEnd.lastEndpoint!];
  const running = proxy.run();
  assertEquals(assertThrows(() => proxy.frontEnd.receive(), zmq.ZmqError).code, "EBUSY");
  await using worker = new zmq.Reply();
  worker.connect(back);
  const working = (async () => {
    for await (const frames of worker) await worker.send(["done", ...frames]);
  })();
  const clients = [1, 2, 3].map(async (number) => {
    await using client = new zmq.Request();
    client.connect(front);
    for (let n = 0; n < 20; n++) {
      await client.send(`${number}.${n}`);
      assertEquals((await client.receive()).map(String), ["done", `${number}.${n}`]);
    }
  });
  await Promise.all(clients);
  proxy.terminate();
  await running;
  assert(proxy.frontEnd.closed && proxy.backEnd.closed);
  worker.close();
  await working;
  assertEquals(assertThrows(() => proxy.pause(), zmq.ZmqError).code, "EBADF");
});

const suffix = (address: string) => address.startsWith("tcp") ? "" : "-back";

test("a Proxy forwards subscriptions and events", async () => {
  const proxy = new zmq.Proxy(new zmq.XSubscriber(), new zmq.XPublisher({ linger: 0 }));
  await proxy.frontEnd.bind("tcp://127.0.0.1:*");
  await proxy.backEnd.bind("tcp://127.0.0.1:*");
  const [front, back] = [proxy.frontEnd.lastEndpoint!, proxy.backEnd.lastEndpoint!];
  const running = proxy.run();
  await using publisher = new zmq.Publisher({ linger: 0 });
  publisher.connect(front);
  await using subscriber = new zmq.Subscriber();
  subscriber.subscribe("a");
  subscriber.connect(back);
  const timer = setInterval(() => publisher.send("abc"), 5);
  assertEquals(String((await subscriber.receive())[0]), "abc");
  clearInterval(timer);
  proxy.terminate();
  await running;
});

test("a Proxy can be paused and resumed, and ends with its signal", async () => {
  const proxy = new zmq.Proxy(new zmq.Pull(), new zmq.Push({ linger: 0 }));
  await proxy.frontEnd.bind("tcp://127.0.0.1:*");
  await proxy.backEnd.bind("tcp://127.0.0.1:*");
  await using push = new zmq.Push({ linger: 0 });
  push.connect(proxy.frontEnd.lastEndpoint!);
  await using pull = new zmq.Pull();
  pull.connect(proxy.backEnd.lastEndpoint!);
  const controller = new AbortController();
  const running = proxy.run({ signal: controller.signal });
  await push.send("first");
  assertEquals(String((await pull.receive())[0]), "first");
  proxy.pause();
  await delay(30);
  await push.send("second");
  pull.receiveTimeout = 60;
  assertEquals((await assertRejects(() => pull.receive(), zmq.ZmqError)).code, "EAGAIN");
  proxy.resume();
  pull.receiveTimeout = 5000;
  assertEquals(String((await pull.receive())[0]), "second");
  controller.abort(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
  assert(proxy.frontEnd.closed);
});

test("a Proxy refuses sockets that go nowhere or are in use", async () => {
  await using front = new zmq.Pull();
  await using back = new zmq.Push();
  const proxy = new zmq.Proxy(front, back);
  const refusal = () => assertThrows(() => proxy.run(), zmq.ZmqError).code;
  assertEquals(refusal(), "EINVAL");
  await front.bind("tcp://127.0.0.1:*");
  await back.bind("tcp://127.0.0.1:*");
  const waiting = front.receive();
  assertEquals(refusal(), "EBUSY");
  front.close();
  await assertRejects(() => waiting, zmq.ZmqError);
  assertEquals(refusal(), "EINVAL"); // a closed socket is bound to nothing
});

test("a Proxy ends with its context", async () => {
  const context = new zmq.Context({ blocky: false });
  const proxy = new zmq.Proxy(new zmq.Pull({ context }), new zmq.Push({ context }));
  await proxy.frontEnd.bind("tcp://127.0.0.1:*");
  await proxy.backEnd.bind("tcp://127.0.0.1:*");
  const running = proxy.run();
  const [ended] = await Promise.all([
    assertRejects(() => running, zmq.ZmqError),
    delay(20).then(() => context.close()),
  ]);
  assertEquals(ended.code, "ETERM");
});
