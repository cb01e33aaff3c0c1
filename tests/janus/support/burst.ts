/** Many events at once, through the Admin API, and the numbers that subscribers get. */
import { sleep } from "../../../scripts/lib/waiting.ts";
import { assertEquals } from "../../assert.ts";
import { type Fixture, request } from "./fixture.ts";
import type { TestSocket } from "./socket.ts";

/** How many requests are under way. */
const WINDOW = 400;

/** What a burst is like. */
export interface BurstOptions {
  /** Events a second, about; as many as go unless told. */
  readonly rate?: number;
  /** More text in each event, in bytes. */
  readonly pad?: number;
}

/** Has Janus's core emit custom events with `{i: from}` to `{i: to - 1}`. */
export async function emitMany(
  fixture: Fixture,
  from: number,
  to: number,
  { rate = Infinity, pad = 0 }: BurstOptions = {},
): Promise<void> {
  const endpoint = fixture.janus.endpoints.admin;
  await using socket = fixture.client.open({ type: "DEALER", endpoint });
  const { admin_secret } = fixture.janus;
  const padding = "x".repeat(pad);
  const begin = performance.now();
  let sent = from, answered = from;
  while (answered < to) {
    const due = from + rate * (performance.now() - begin) / 1000;
    while (sent < to && sent - answered < WINDOW && sent < due) {
      const data = { i: sent++, padding };
      socket.send(request("custom_event", { admin_secret, schema: "test", data }));
    }
    if (sent === answered) {
      await sleep(1);
      continue;
    }
    const reply = await fixture.told(socket.json(), `custom events ${answered} to ${sent}`);
    assertEquals(reply.janus, "success");
    answered++;
  }
}

/** What a subscriber with numbers (`general.sequence`) got. */
export interface Numbered {
  /** The events' numbers, in order. */
  readonly numbers: number[];
  /** `i` of the custom events among them, in order. */
  readonly is: number[];
}

/** Takes what a subscriber gets, up to the custom event with this `i` or a later one. */
export async function takeNumbered(
  sub: TestSocket,
  last: number,
  timeout?: number,
): Promise<Numbered> {
  const numbers: number[] = [], is: number[] = [];
  while ((is.at(-1) ?? -1) < last) {
    const frames = await sub.receive(timeout);
    numbers.push(Number(frames.at(-1)));
    const { i } = JSON.parse(frames.at(-2)!).event.data ?? {};
    if (i !== undefined) is.push(i);
  }
  return { numbers, is };
}

/** Numbers that are missing between the first and the last. */
export function gaps(numbers: readonly number[]): number[] {
  const missing: number[] = [];
  for (let i = 1; i < numbers.length; i++) {
    for (let n = numbers[i - 1]! + 1; n < numbers[i]!; n++) missing.push(n);
  }
  return missing;
}

/** A process's own memory in KiB, and that which it shares with others (`VmRSS` is both). */
export async function memoryOf(pid: number): Promise<{ own: number; shared: number }> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`);
  const value = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
  // One that has ended, and was not reaped yet, has no such lines.
  return { own: value("RssAnon"), shared: value("RssShmem") };
}
