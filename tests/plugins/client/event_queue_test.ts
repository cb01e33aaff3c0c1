import { EventSource, type JanusEvents } from "../../../plugins/client/event_queue.ts";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "../../assert.ts";

async function take<T>(events: JanusEvents<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { done, value } = await events.next();
    if (done) throw new Error(`It ended after ${taken.length} events`);
    taken.push(value);
  }
  return taken;
}

Deno.test("events wait for the first iteration", async () => {
  const source = new EventSource<number>(10);
  source.push(1);
  source.push(2);
  const events = source.read();
  source.push(3);
  assertEquals(await take(events, 3), [1, 2, 3]);
});

Deno.test("each iteration gets every event from when it began", async () => {
  const source = new EventSource<number>(10);
  const first = source.read();
  source.push(1);
  const second = source.read();
  source.push(2);
  assertEquals(await take(first, 2), [1, 2]);
  assertEquals(await take(second, 1), [2]);
});

Deno.test("what one loop leaves unread is the next one's", async () => {
  const source = new EventSource<number>(10);
  for (let i = 1; i <= 3; i++) source.push(i);
  for await (const event of source.read()) {
    assertStrictEquals(event, 1);
    break;
  }
  source.push(4);
  assertEquals(await take(source.read(), 3), [2, 3, 4]);
});

Deno.test("a full queue drops its oldest events and counts them", async () => {
  const source = new EventSource<number>(3);
  for (let i = 0; i < 5000; i++) source.push(i);
  const events = source.read();
  assertStrictEquals(events.dropped, 4997);
  assertEquals(await take(events, 3), [4997, 4998, 4999]);
  for (let i = 0; i < 4; i++) source.push(i);
  assertStrictEquals(events.dropped, 4998);
  assertEquals(await take(events, 3), [1, 2, 3]);
});

Deno.test("an iteration ends when its source does, after what waits", async () => {
  const source = new EventSource<number>(3);
  const waiting = source.read();
  const next = waiting.next();
  source.push(1);
  source.push(2);
  source.end();
  assertEquals(await next, { done: false, value: 1 });
  assertEquals(await Array.fromAsync(waiting), [2]);
  assertEquals(await source.read().next(), { done: true, value: undefined });
});

Deno.test("an iteration fails when its source is lost, once", async () => {
  const source = new EventSource<number>(3);
  const waiting = source.read();
  const others = [waiting.next(), waiting.next()];
  source.push(1);
  source.end(new RangeError("gone"));
  source.end();
  assertEquals(await others[0], { done: false, value: 1 });
  await assertRejects(() => others[1]!, RangeError, "gone");
  assertEquals(await waiting.next(), { done: true, value: undefined });
  await assertRejects(() => source.read().next(), RangeError, "gone");
});

Deno.test("an aborted iteration rejects with the signal's reason and loses nothing", async () => {
  const source = new EventSource<number>(3);
  const stop = new AbortController();
  const events = source.read({ signal: stop.signal });
  source.push(1);
  stop.abort(new TypeError("enough"));
  await assertRejects(() => events.next(), TypeError, "enough");
  assertEquals(await events.next(), { done: true, value: undefined });
  assertEquals(await take(source.read(), 1), [1]);
  assertThrows(() => source.read({ signal: stop.signal }), TypeError, "enough");
});

Deno.test("an aborted iteration rejects whoever waits", async () => {
  const source = new EventSource<number>(3);
  const stop = new AbortController();
  const next = source.read({ signal: stop.signal }).next();
  stop.abort(new TypeError("enough"));
  await assertRejects(() => next, TypeError, "enough");
});

Deno.test("a stopped iteration tells whoever waits that it is done", async () => {
  const source = new EventSource<number>(3);
  const events = source.read();
  const next = events.next();
  await events.return();
  assertEquals(await next, { done: true, value: undefined });
  source.end(new RangeError("gone"));
  assertEquals(await events.next(), { done: true, value: undefined });
});
