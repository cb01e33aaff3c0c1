/** A stream that is there already, and is not as it would have been made. */
import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { ensureStream, type StreamSettings } from "../../../plugins/stream/setup.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { NatsServer } from "./server.ts";

const SETTINGS: StreamSettings = {
  ...{ name: "JANUS", subject: "janus.events", create: true, replicas: 1 },
  ...{ max_age: 3600, max_bytes: 1 << 28 },
};

/** What `ensureStream` says of a stream that was made with more than is ours. */
async function said(manager: JetStreamManager, more: Partial<StreamConfig>): Promise<string[]> {
  await manager.streams.delete("JANUS").catch(() => {});
  await manager.streams.add({
    ...{ name: "JANUS", subjects: ["janus.events.>"], retention: RetentionPolicy.Limits },
    ...{ storage: StorageType.File, discard: DiscardPolicy.Old, num_replicas: 1 },
    ...{ max_age: 3600e9, max_bytes: 1 << 28, ...more },
  });
  return await ensureStream(manager, SETTINGS);
}

Deno.test("a stream that is not as it would be made: each setting that costs events is named", async () => {
  await using server = await NatsServer.start();
  const nc = await connect({ servers: server.url });
  const manager = await jetstreamManager(nc);
  assertEquals(await ensureStream(manager, SETTINGS), []);
  assertEquals(await ensureStream(manager, SETTINGS), []);
  assertEquals(await said(manager, {}), []);
  for (
    const key of ["max_msgs", "max_msgs_per_subject", "max_msg_size", "max_consumers"] as const
  ) {
    const [line = "", ...more] = await said(manager, { [key]: 1000 });
    assertEquals(more, []);
    assertStringIncludes(line, `${key} is 1000: `);
  }
  const perSubject = await said(manager, {
    ...{ discard: DiscardPolicy.New, discard_new_per_subject: true, max_msgs_per_subject: 5 },
  });
  assertEquals(perSubject.map((line) => line.split(" ")[0]), [
    ...["discard", "max_msgs_per_subject", "discard_new_per_subject"],
  ]);
  const { config } = await manager.streams.info("JANUS");
  await manager.streams.update("JANUS", { ...config, sealed: true } as never);
  assertStringIncludes((await ensureStream(manager, SETTINGS)).join("\n"), "sealed is true");
  await nc.close();
});

Deno.test("a stream that acknowledges nothing is no use, and the setting is named", async () => {
  await using server = await NatsServer.start();
  const nc = await connect({ servers: server.url });
  const manager = await jetstreamManager(nc);
  const { message } = await assertRejects(() => said(manager, { no_ack: true }), Error);
  assertStringIncludes(message, "no_ack");
  await nc.close();
});
