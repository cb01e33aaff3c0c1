/** Readers of a stream on three servers, whose leader is killed while it is written. */
import { readEvents, type ReadOptions } from "../../../../plugins/stream/read/mod.ts";
import { assertEquals } from "../../../assert.ts";
import { Companion, SERVERS } from "../companion.ts";
import { leader, NatsServer } from "../server.ts";

const STREAM = {
  ...{ name: "JANUS", subject: "janus.events", create: true, replicas: 3 },
  ...{ max_age: 3600, max_bytes: 1 << 26 },
};
const COUNT = 15_000;

/** Reads until it has so many; what is no event stands there by its kind. */
async function read(options: ReadOptions, count: number): Promise<(number | string)[]> {
  const got: (number | string)[] = [];
  for await (const item of readEvents({ ...options, signal: AbortSignal.timeout(60_000) })) {
    const isEvent = item.kind === "event";
    got.push(isEvent ? item.number : JSON.stringify({ ...item, received: undefined }));
    if (isEvent && item.number === count) break;
  }
  return got;
}

Deno.test("the leader is killed: readers, durable or not, get each event once, in order, and no gap", async () => {
  const servers = await NatsServer.cluster();
  const urls = servers.map(({ url }) => url);
  try {
    await using companion = new Companion({
      ...{ servers: { ...SERVERS, servers: urls }, stream: STREAM, window: 256 },
    });
    await companion.events(1, 1);
    await companion.until(() => companion.stored === 1, 60_000);
    const options = { servers: urls, from: "all", warn: () => {} } as const;
    const reading = Promise.all([
      read(options, COUNT),
      read({ ...options, durable: "mine" }, COUNT),
    ]);
    const victim = servers[Number((await leader(urls)).slice(1))]!;
    await companion.events(2, COUNT);
    await companion.until(() => companion.stored > COUNT / 10, 60_000);
    await victim.kill();
    await companion.until(() => companion.stored === COUNT, 60_000);
    const expected = Array.from({ length: COUNT }, (_, at) => at + 1);
    for (const got of await reading) {
      assertEquals(got.filter((one) => typeof one === "string"), []);
      assertEquals(got.length, COUNT);
      assertEquals(got, expected);
    }
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
});
