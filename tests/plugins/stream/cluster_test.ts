/** Three servers, and the stream's leader killed. */
import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { assertEquals } from "../../assert.ts";
import { Companion, SERVERS } from "./companion.ts";
import { leader, NatsServer } from "./server.ts";

const STREAM = {
  ...{ name: "JANUS", subject: "janus.events", create: true, replicas: 3 },
  ...{ max_age: 3600, max_bytes: 1 << 26 },
};

async function numbers(urls: string[]): Promise<number[]> {
  const nc = await connect({ servers: urls });
  const all: number[] = [];
  const { state: { messages } } = await (await jetstreamManager(nc)).streams.info("JANUS");
  const consumer = await jetstream(nc).consumers.get("JANUS");
  while (all.length < messages) {
    for await (const one of await consumer.fetch({ max_messages: 1000, expires: 2000 })) {
      all.push(Number(one.headers!.get("Janus-Number")));
      if (all.length === messages) break;
    }
  }
  await nc.close();
  return all;
}

for (const [window, count] of [[1, 1000], [256, 10_000]] as const) {
  Deno.test(`three servers, the leader is killed twice, window ${window}: each event once`, async () => {
    const servers = await NatsServer.cluster();
    const urls = servers.map(({ url }) => url);
    try {
      await using companion = new Companion({
        ...{ servers: { ...SERVERS, servers: urls }, stream: STREAM, window },
      });
      await companion.events(1, 1);
      await companion.until(() => companion.stored === 1, 120_000);
      let given = 1;
      for (let round = 0; round < 2; round++) {
        const victim = servers[Number((await leader(urls)).slice(1))]!;
        await companion.events(given + 1, given + count);
        given += count;
        await companion.until(() => companion.stored > given - count + count / 10, 120_000);
        await victim.kill();
        await companion.until(() => companion.stored === given, 120_000);
        await victim.start();
      }
      await leader(urls);
      const all = await numbers(urls);
      // More than one under way can be swapped: who reads sorts them.
      if (window > 1) all.sort((a, b) => a - b);
      assertEquals(all, Array.from({ length: given }, (_, n) => n + 1));
    } finally {
      for (const server of servers) await server[Symbol.asyncDispose]();
    }
  });
}
