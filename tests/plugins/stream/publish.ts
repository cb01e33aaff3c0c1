/** Messages in a stream, as the plugin stores them. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { EventReader, type Writer } from "../../../plugins/stream/messages.ts";
import { MessageKind } from "../../../plugins/stream/protocol.ts";
import { StreamPublisher } from "../../../plugins/stream/publisher.ts";
import { assert } from "../../assert.ts";

const STREAM = {
  name: "JANUS",
  subject: "janus.events",
  create: true,
  replicas: 1,
  max_age: 0,
  max_bytes: 0,
};

/** What a server of this name stores in one run, and that it has ended. */
export async function publishRun(
  servers: string,
  writer: Writer,
  events: readonly string[],
  ends = true,
): Promise<void> {
  const reader = new EventReader(STREAM.subject, writer.instance);
  let failure: Error | undefined;
  const publisher = new StreamPublisher({
    connect: (options) => connect({ servers, ...options }),
    ...{
      writer,
      host: "test",
      reader,
      stream: STREAM,
      window: 256,
      known: { place: 0, number: 0, record: 0 },
    },
    listener: {
      ...{ stored: () => {}, opened: () => {}, oversized: () => {}, outranked: () => {} },
      failed: (error) => failure = error,
    },
  });
  const running = publisher.run();
  const encoder = new TextEncoder();
  for (const [at, text] of events.entries()) {
    const number = at + 1;
    const { event: kind } = MessageKind;
    publisher.push({ kind, record: number, part: 0, number, body: encoder.encode(text) });
  }
  await (ends ? publisher.finish(10_000) : publisher.drain(10_000));
  const { waiting } = publisher;
  publisher.close();
  await running;
  assert(waiting === 0, failure?.message ?? `${waiting} messages are not stored`);
}

/** A stream without messages. */
export async function addStream(servers: string): Promise<void> {
  const connection = await connect({ servers });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "JANUS", subjects: ["janus.events.>"] });
  await connection.close();
}

/** Recorded calls, an event each. */
export function recordedEvents(): string[] {
  const text = Deno.readTextFileSync(new URL("../../data/events.jsonl", import.meta.url));
  return text.trim().split("\n");
}

/** Custom events of these numbers. */
export function customEvents(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, at) =>
    JSON.stringify({
      ...{ emitter: "janus", type: 4, timestamp: 1_700_000_000_000_000 + at },
      event: { schema: "test", data: { i: from + at } },
    }));
}
