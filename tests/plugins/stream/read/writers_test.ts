/** Messages of many runs of many servers: sorted, doubles left out, and nothing kept for ever. */
import type { JsMsg } from "@nats-io/jetstream";
import { receive } from "../../../../plugins/stream/read/item.ts";
import { Writers } from "../../../../plugins/stream/read/writers.ts";
import { assertEquals, assertLess } from "../../../assert.ts";

interface Message {
  readonly instance?: string;
  readonly epoch?: number;
  readonly number: number;
  readonly id?: string;
  readonly gone?: boolean;
}

let sequence = 0;

function message({ instance = "one", epoch = 1, number, id, gone = false }: Message) {
  const headers = new Map([["Janus-Epoch", String(epoch)]]);
  if (!gone) headers.set("Janus-Number", String(number));
  if (id !== undefined) headers.set("Nats-Msg-Id", `${instance}/${epoch}-${id}`);
  const body = gone ? { gone: { last: number } } : { type: 4, event: {} };
  const made = {
    subject: `janus.events.${instance}.${gone ? "gone" : "external"}.-.-`,
    headers,
    data: new TextEncoder().encode(JSON.stringify(body)),
    seq: ++sequence,
    time: new Date(),
  };
  return receive(made as unknown as JsMsg, "janus.events")!;
}

/** What goes out, by name. */
const out = (writers: Writers, now: number) =>
  [...writers.take(now)].map(({ item: { item }, gap }) => {
    const before = gap === null ? "" : `${gap.first}-${gap.last}? `;
    const name = item.kind === "event" ? item.number : item.kind;
    return `${before}${item.instance}/${item.epoch}/${name}`;
  });

Deno.test("the same message again is a double, another one under its number is none", () => {
  const writers = new Writers();
  const put = (number: number, id?: string) =>
    writers.put(message(id === undefined ? { number } : { number, id }), 0);
  assertEquals(put(1, "1-0"), true);
  assertEquals(put(2, "2-0"), true);
  assertEquals(put(2, "3-0"), true);
  assertEquals(put(4, "5-0"), true);
  assertEquals(out(writers, 0), ["one/1/1", "one/1/2", "one/1/2"]);
  assertEquals(out(writers, 2000), ["3-3? one/1/4"]);
  assertEquals(put(1, "1-0"), false);
  assertEquals(put(4, "5-0"), false);
  // Whatever has no id is a double of what has its number.
  assertEquals(put(1), false);
  assertEquals(put(1, "1-1"), true);
  // It fills a gap that was told.
  assertEquals(put(3, "4-0"), true);
  assertEquals(put(4, "6-0"), true);
  assertEquals(out(writers, 3000), ["one/1/1", "one/1/3", "one/1/4"]);
  assertEquals(put(3, "4-0"), false);
  // What is long past can't be told apart by its id: it is a double where it was delivered before.
  const early = message({ number: 4, id: "9-0" });
  assertEquals(writers.put(early, 3000), true);
  for (let number = 5; number < 3000; number++) put(number, `${number + 2}-0`);
  out(writers, 4000);
  assertEquals(writers.put(early, 4000), false);
  assertEquals(put(1, "1-7"), true);
});

Deno.test("what is swapped around the end of a run is sorted, also while the next run goes on", () => {
  const writers = new Writers();
  for (const number of [1, 3]) writers.put(message({ number }), 0);
  writers.put(message({ number: 3, gone: true }), 10);
  writers.put(message({ number: 1, epoch: 2 }), 20);
  assertEquals(out(writers, 20), ["one/1/1", "one/2/1"]);
  writers.put(message({ number: 2 }), 30);
  assertEquals(out(writers, 30), ["one/1/2", "one/1/3", "one/1/gone"]);
  // Delivered again after the end.
  assertEquals(writers.put(message({ number: 2 }), 40), false);
  assertEquals(writers.due, Infinity);
});

Deno.test("of a server that is killed again and again, the last runs are known, and what they held goes out", () => {
  const writers = new Writers();
  const all: string[] = [];
  for (let epoch = 1; epoch <= 10; epoch++) {
    for (const number of [1, 2, 4]) writers.put(message({ epoch, number }), epoch);
    all.push(...out(writers, epoch));
  }
  // Six are forgotten: what they held went out, with its gap.
  assertEquals(all.filter((text) => text.includes("?")).length, 6);
  assertEquals([...writers.held()].length, 4);
  writers.end();
  assertEquals(out(writers, 11).length, 4);
  assertEquals([...writers.held()], []);
});

Deno.test("a run that has ended is forgotten after a minute, one that is only silent is not", () => {
  const writers = new Writers();
  writers.put(message({ number: 5, instance: "silent" }), 0);
  writers.put(message({ number: 5, instance: "ended" }), 0);
  writers.put(message({ number: 5, instance: "ended", gone: true }), 0);
  out(writers, 0);
  writers.put(message({ number: 1, instance: "other" }), 61_000);
  assertEquals(writers.put(message({ number: 5, instance: "silent" }), 61_000), false);
  assertEquals(writers.put(message({ number: 5, instance: "ended" }), 61_000), true);
});

Deno.test("memory is bounded, whatever number of servers comes and goes", () => {
  const writers = new Writers();
  const begin = performance.now();
  for (let at = 0; at < 20_000; at++) {
    writers.put(message({ number: 1, instance: `pod-${at}` }), at);
    writers.put(message({ number: 3, instance: `pod-${at}` }), at);
    if (at % 100 === 0) out(writers, at);
  }
  // Each is held for a second: here, a thousand servers.
  assertLess([...writers.held()].length, 1200);
  assertLess(performance.now() - begin, 10_000);
});
