/** Messages that come faster than they can be taken in, and those that are too large. */
import { Publisher, Subscriber, XPublisher } from "../../../ffi/zmq/mod.ts";
import { MonitorServer } from "../../../plugins/monitor/http/server.ts";
import { MAX_FRAME, type Rest, takeIn } from "../../../plugins/monitor/sources/intake.ts";
import { freePorts } from "../../../scripts/lib/ports.ts";
import { sleep } from "../../../scripts/lib/waiting.ts";
import { assert, assertEquals, assertLess } from "../../assert.ts";
import { follow, until } from "./following.ts";
import { attached, modelOf } from "./support.ts";

const EVENT = JSON.stringify(attached()[0]);

/** Keeps the processor busy. */
function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

Deno.test("whatever waits, requests are answered between messages; order is kept", async () => {
  const MESSAGES = 200;
  await using server = await MonitorServer.listen(modelOf(), { hostname: "127.0.0.1", port: 0 });
  await using publisher = new XPublisher({ linger: 0, sendHighWaterMark: MESSAGES, noDrop: true });
  publisher.bindSync("tcp://127.0.0.1:*");
  using subscriber = new Subscriber({ receiveHighWaterMark: 100 });
  subscriber.subscribe();
  subscriber.connect(publisher.lastEndpoint!);
  await publisher.receive();
  for (let i = 0; i < MESSAGES; i++) await publisher.send(String(i));
  const taken: number[] = [];
  let rests = 0;
  const rest = (left: number): Rest => () => {
    rests++;
    return left > 1 ? rest(left - 1) : null;
  };
  const takingIn = takeIn(subscriber, 1, ([frame]) => {
    taken.push(Number(new TextDecoder().decode(frame)));
    work(20);
    return taken.length % 10 === 0 ? rest(5) : null;
  });
  let answered = 0;
  const began = performance.now();
  while (taken.length < MESSAGES) {
    assertEquals(await (await fetch(`${server.address}/-/healthy`)).text(), "healthy\n");
    answered++;
  }
  const lasted = performance.now() - began;
  // Client and server take a few messages' time: 100 ms, with patience for the machine.
  assert(answered > lasted / 400, `${answered} answers in ${lasted} ms`);
  assertEquals(taken, Array.from({ length: MESSAGES }, (_, at) => at));
  await until(() => rests === MESSAGES / 10 * 5);
  subscriber.close();
  await takingIn;
});

Deno.test("who is too slow misses some by number, and keeps little", async () => {
  const [port] = freePorts(1);
  const endpoint = `tcp://127.0.0.1:${port}`;
  await using publisher = new Publisher({ linger: 0, sendHighWaterMark: 10 });
  publisher.bindSync(endpoint);
  const { source, state } = follow(endpoint);
  using _ = source;
  await until(() => state().events.state === "up");
  const padding = `,"padding":"${"x".repeat(1 << 20)}"}`;
  const large = new TextEncoder().encode(EVENT.slice(0, -1) + padding);
  let number = 0;
  const before = Deno.memoryUsage().rss;
  // 600 MiB at once: far more than fits here, in libzmq and in the kernel.
  for (; number < 600; number++) await publisher.send([large, String(number + 1)]);
  assertLess(Deno.memoryUsage().rss - before, 500 << 20);
  await until(() => state().total > 0);
  for (let total = -1; total !== state().total;) {
    total = state().total;
    await sleep(500);
  }
  await publisher.send([EVENT, String(++number)]);
  await until(() => state().total + (state().missing ?? 0) === number);
  assert(state().missing! > 0, "nothing was missed: the test shows nothing");
});

Deno.test("a message that is too large cuts the connection, which is made again; it is missing", async () => {
  const [port] = freePorts(1);
  const endpoint = `tcp://127.0.0.1:${port}`;
  await using publisher = new XPublisher({ linger: 0 });
  publisher.bindSync(endpoint);
  const { source, state, heard } = follow(endpoint);
  using _ = source;
  await publisher.receive();
  await publisher.send([EVENT, "1"]);
  await publisher.send(["x".repeat(MAX_FRAME + 1), "2"]);
  // It goes, comes back, and subscribes again.
  await publisher.receive();
  await publisher.receive();
  assert(heard.lines.some((line) => line.includes("more than 3 MiB")), heard.lines.join("\n"));
  await publisher.send([EVENT, "3"]);
  await until(() => state().total === 2);
  assertEquals(state().missing, 1);
});
