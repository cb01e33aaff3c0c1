/** Looking back: all that may be stored without being known to be, and no more. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { lookBack } from "../../../plugins/stream/look.ts";
import { assertEquals } from "../../assert.ts";
import { addStream } from "./publish.ts";
import { NatsServer } from "./server.ts";

const STREAM = { name: "JANUS", subject: "janus.events" };

/** A stream, and what is found there of a writer that was started when the stream was made. */
async function rig(server: NatsServer) {
  await addStream(server.url);
  const nc = await connect({ servers: server.url });
  const manager = await jetstreamManager(nc);
  const writer = { instance: "one", epoch: Date.now() };
  const store = (
    from: number,
    to: number,
    id = `one/${writer.epoch}-`,
    subject = "one.media.stats.-",
  ) => {
    for (let record = from; record <= to; record++) {
      const named = headers();
      named.set("Nats-Msg-Id", `${id}${record}-0`);
      nc.publish(`janus.events.${subject}`, "{}", { headers: named });
    }
  };
  const find = async (known: { place: number; record: number }) => {
    await nc.flush();
    const found = await lookBack(nc, manager, STREAM, writer, { ...known, number: 0 });
    return [...found.places.keys()].map((name) => Number(/-(\d+)-0$/.exec(name)![1]));
  };
  return { store, find, [Symbol.asyncDispose]: () => nc.close() };
}

Deno.test("what is known to be stored is not read again, however long the history is", async () => {
  await using server = await NatsServer.start();
  await using r = await rig(server);
  r.store(1, 60_000);
  assertEquals(await r.find({ place: 59_990, record: 59_990 }), ids(59_991, 60_000));
  // The server has lost what it had not synced: the place is beyond its end.
  assertEquals(await r.find({ place: 70_000, record: 59_990 }), ids(59_991, 60_000));
  assertEquals(await r.find({ place: 0, record: 59_990 }), ids(59_991, 60_000));
});

Deno.test("somebody else's message at the end hides nothing", async () => {
  await using server = await NatsServer.start();
  await using r = await rig(server);
  r.store(1, 100);
  r.store(1, 20, "one/1700000000000-");
  assertEquals(await r.find({ place: 0, record: 0 }), ids(1, 100));
  assertEquals(await r.find({ place: 90, record: 90 }), ids(91, 100));
});

Deno.test("all is found though events are of several subjects, of which a server may count too few", async () => {
  await using server = await NatsServer.start();
  await using r = await rig(server);
  const other = (from: number, to: number) => r.store(from, to, undefined, "one.transports.-.-");
  r.store(1, 1, undefined, "one.core.status.-");
  other(2, 2);
  r.store(3, 12);
  other(13, 14);
  r.store(15, 104);
  other(105, 106);
  for (let done = 0; done < 106; done++) {
    assertEquals(await r.find({ place: done, record: done }), ids(done + 1, 106), `${done}`);
  }
  assertEquals(await r.find({ place: 106, record: 106 }), []);
});

function ids(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
