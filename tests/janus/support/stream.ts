/** A real Janus whose events go into a stream of a real NATS server, and what is in it. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { assertEquals } from "../../assert.ts";
import type { NatsServer } from "../../plugins/stream/server.ts";
import { Fixture, waitFor } from "./fixture.ts";

/** What is in the stream, in its order. */
export interface Stored {
  readonly subject: string;
  readonly id: string;
  readonly number: number;
  readonly body: Record<string, unknown>;
}

/** All that is stored. */
export async function stored(server: NatsServer): Promise<Stored[]> {
  const connection = await connect({ servers: server.url });
  try {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info("JANUS");
    if (state.messages === 0) return [];
    const consumer = await jetstream(connection).consumers.get("JANUS");
    const found: Stored[] = [];
    const messages = await consumer.consume();
    for await (const message of messages) {
      found.push({
        subject: message.subject,
        id: message.headers?.get("Nats-Msg-Id") ?? "",
        number: Number(message.headers?.get("Janus-Number")),
        body: message.json(),
      });
      if (message.seq >= state.last_seq) break;
    }
    return found;
  } finally {
    await connection.close();
  }
}

/** What a Janus with a stream is told besides where the server is. */
export interface StreamOptions {
  readonly stream?: Readonly<Record<string, unknown>>;
  readonly runtime?: Readonly<Record<string, number>>;
  /** Files of filters, with commas. */
  readonly filters?: string;
  /** For the configuration's folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A Janus whose events go into a stream, as those of `one`; subscribers get numbers. */
export function startWithStream(
  server: Pick<NatsServer, "url">,
  { stream, runtime = {}, filters, files = {} }: StreamOptions = {},
): Promise<Fixture> {
  return Fixture.start({
    admin: true,
    files,
    settings: {
      event_handler: {
        general: { sequence: true },
        runtime,
        ...(filters === undefined ? {} : { filters: { modules: filters } }),
        stream: { enabled: true, servers: server.url, instance: "one", ...stream } as never,
      },
    },
  });
}

/** The custom events' `i`, in the stream's order. */
export function indices(found: readonly Stored[]): number[] {
  return found.flatMap(({ body }) => {
    const event = body.event as { data?: { i?: number } } | undefined;
    return event?.data?.i === undefined ? [] : [event.data.i];
  });
}

/** 0, 1, ... without the last. */
export const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Waits until the custom event with this `i` is the last one stored. @returns all that is */
export async function holds(server: NatsServer, last: number): Promise<Stored[]> {
  let found: Stored[] = [];
  await waitFor(
    `event ${last} to be stored`,
    async () => {
      found = await stored(server).catch(() => []);
      return indices(found).at(-1) === last;
    },
    undefined,
    30_000,
  );
  return found;
}

/** The stream's process, once there is one: only that may reach the server. */
export async function companion(
  fixture: Fixture,
  server: Pick<NatsServer, "url">,
): Promise<number> {
  let found = -1;
  await fixture.waitFor("the stream's process", async () => {
    for (const { pid } of await fixture.janus.children()) {
      const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
      if (line.includes(`--allow-net=${server.url}`)) found = pid;
    }
    return found > 0;
  });
  return found;
}

/** Waits for the last message of all, and holds its number, and what is missing before it, against what is there. */
export async function complete(server: NatsServer): Promise<Record<string, number>> {
  let found = await stored(server);
  await waitFor("the last message", async () => {
    found = await stored(server);
    return found.at(-1)?.body.gone !== undefined;
  });
  const counts: Record<string, number> = {};
  let next = 1;
  for (const { body, number } of found) {
    if (body.gone !== undefined) {
      assertEquals(body.gone, { last: next - 1 });
    } else if (body.dropped === undefined) {
      assertEquals(number, next++);
    } else {
      const { first, last, dropped } = body as { first: number; last: number; dropped: object };
      assertEquals(first, next);
      let sum = 0;
      for (const [cause, types] of Object.entries(dropped)) {
        for (const count of Object.values(types) as number[]) {
          counts[cause] = (counts[cause] ?? 0) + count;
          sum += count;
        }
      }
      assertEquals(sum, last - first + 1, JSON.stringify(body));
      next = last + 1;
    }
  }
  return counts;
}
