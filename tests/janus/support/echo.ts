/** Sessions on Janus's echo test, which answers each message with an ack and then an event. */
import { assertEquals } from "../../assert.ts";
import { type Fixture, request } from "./fixture.ts";
import type { Json, TestSocket } from "./socket.ts";

/** A session with a handle. */
export interface Echo {
  readonly session_id: number;
  readonly handle_id: number;
}

/** Opens one. @param more what every request must carry, such as a secret */
export async function openEcho(fixture: Fixture, socket: TestSocket, more: Json = {}) {
  const created = await fixture.ask(socket, "create", more);
  const session_id: number = created.data.id;
  const plugin = "janus.plugin.echotest";
  const attached = await fixture.ask(socket, "attach", { session_id, plugin, ...more });
  return { session_id, handle_id: attached.data.id as number } satisfies Echo;
}

/** A message that leads to an event with the same transaction. */
export function echoMessage({ session_id, handle_id }: Echo, more: Json = {}): string {
  return request("message", { session_id, handle_id, body: { audio: true }, ...more });
}

/** Sends a message over a socket that gets replies only, and returns its transaction. */
export async function triggerEvent(socket: TestSocket, echo: Echo, more: Json = {}) {
  const text = echoMessage(echo, more);
  socket.send(text);
  const transaction: string = JSON.parse(text).transaction;
  const reply = await socket.json();
  assertEquals([reply.janus, reply.transaction], ["ack", transaction], JSON.stringify(reply));
  return transaction;
}

/**
 * Messages whose events have all reached the transport's process; returns their transactions. The
 * echo test takes all messages in order: what comes of a later one comes later.
 */
export async function settledEvents(
  fixture: Fixture,
  { socket, echo, count }: { socket: TestSocket; echo: Echo; count: number },
): Promise<string[]> {
  const transactions: string[] = [];
  for (let i = 0; i < count; i++) transactions.push(await triggerEvent(socket, echo));
  await using later = fixture.connect("DEALER");
  const mark = await openEcho(fixture, later);
  later.send(echoMessage(mark));
  await later.until(({ janus }) => janus === "event");
  return transactions;
}

/** What a poll is answered with, as text. */
export async function pollText(
  socket: TestSocket,
  session_id: number,
  more: Json = {},
): Promise<string> {
  socket.send(request("poll", { session_id, ...more }));
  return await socket.text();
}

/** Polls, and waits until the poll has come before whatever is sent from now on; its transaction. */
export async function pollFirst(fixture: Fixture, poller: TestSocket, session_id: number) {
  const { received } = await fixture.counters();
  const text = request("poll", { session_id });
  poller.send(text);
  let queries = 0;
  await fixture.waitFor("the poll to be received", async () => {
    queries++; // they are counted as well
    return (await fixture.counters()).received > received + queries;
  });
  return JSON.parse(text).transaction as string;
}
