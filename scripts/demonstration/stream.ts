/** The stream at work: events are stored, NATS is killed and comes back, and nothing is missing. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { Header } from "../../plugins/stream/names.ts";
import { sleep } from "../lib/waiting.ts";
import { type Admin, askEventHandler } from "./admin.ts";
import { DemonstrationError, type Stage } from "./demonstration.ts";
import { at, type JsonObject, parseObject } from "./describe.ts";
import type { JsonSocket } from "./json_socket.ts";
import type { PrivateNats } from "./nats.ts";

/** What the demonstration of the stream needs of a Janus. */
export interface StreamClients extends Admin {
  /** A DEALER at the Janus API. */
  readonly dealer: JsonSocket;
  readonly sub: JsonSocket;
}

/** Sessions that are made while NATS is away. */
const SESSIONS = 20;
/** Milliseconds for the stream's process to find NATS again, on a busy machine. */
const BACK_MS = 30_000;

/** Kills NATS, lets events happen, brings it back. @throws {DemonstrationError} if one is missing */
export async function demonstrateStream(
  clients: StreamClients,
  nats: PrivateNats,
  stage: Stage,
): Promise<void> {
  await stored(clients);
  const before = await readStream(nats.address);
  takeAll(clients.sub);
  stage.say(`\nThe stream has ${describe(before)}.`);
  await nats.kill();
  stage.say("nats-server is killed (SIGKILL). Janus goes on:");
  await makeSessions(clients.dealer);
  await sleep(200);
  const published = takeAll(clients.sub);
  const away = await streamInfo(clients);
  stage.say(`  ${SESSIONS} sessions were made; PUB sent ${published} events meanwhile;`);
  stage.say(`  ${away.waiting} wait for the stream.`);
  await nats.start();
  stage.say("nats-server is back, with what it had stored.");
  // What the plugin takes for stored, and what PUB has sent.
  const last = Math.max(await stored(clients), before.length + published);
  const messages = await readStream(nats.address);
  const fault = faultOf(messages, last);
  if (fault !== null) throw new DemonstrationError(`The stream is not whole: ${fault}`);
  stage.say(`The stream has ${describe(messages)}: none is missing, none is there twice.`);
}

/** What `info` tells of the stream. */
async function streamInfo(clients: StreamClients): Promise<JsonObject> {
  const { stream } = await askEventHandler(clients, { request: "info" });
  if (stream === undefined) throw new DemonstrationError("`info` has nothing on the stream");
  return stream as JsonObject;
}

/** Waits until no event waits for the stream. @returns the last one's number */
async function stored(clients: StreamClients): Promise<number> {
  const end = performance.now() + BACK_MS;
  for (;;) {
    const { waiting, away_since, acknowledged } = await streamInfo(clients);
    if (waiting === 0 && away_since === 0 && Number(acknowledged) > 0) return Number(acknowledged);
    if (performance.now() > end) {
      throw new DemonstrationError(`${waiting} events still wait for the stream`);
    }
    await sleep(100);
  }
}

async function makeSessions(dealer: JsonSocket): Promise<void> {
  const ask = async (request: JsonObject): Promise<JsonObject> => {
    dealer.send(JSON.stringify({ ...request, transaction: "sessions" }));
    for (;;) {
      const reply = parseObject(await dealer.receive());
      if (reply.janus === "success") return reply;
    }
  };
  for (let i = 0; i < SESSIONS; i++) {
    const session_id = at(await ask({ janus: "create" }), "data", "id");
    await ask({ janus: "destroy", session_id });
  }
}

function takeAll(sub: JsonSocket): number {
  let count = 0;
  while (sub.take() !== undefined) count++;
  return count;
}

/** What counts of a message: its id, and the events that it stands for. */
export interface StoredMessage {
  readonly id: string;
  readonly number: number;
}

/** All that is in the stream, in its order. */
async function readStream(servers: string): Promise<StoredMessage[]> {
  const connection = await connect({ servers });
  try {
    const { state } = await (await jetstreamManager(connection)).streams.info("JANUS");
    const found: StoredMessage[] = [];
    if (state.messages === 0) return found;
    const consumer = await jetstream(connection).consumers.get("JANUS");
    for await (const { headers, seq } of await consumer.consume()) {
      const number = Number(headers?.get(Header.number));
      found.push({ id: headers?.get(Header.id) ?? "", number });
      if (seq >= state.last_seq) break;
    }
    return found;
  } finally {
    await connection.close();
  }
}

function describe(messages: readonly StoredMessage[]): string {
  const count = `${messages.length} event${messages.length === 1 ? "" : "s"}`;
  return `${count}, number ${messages[0]?.number} to ${messages.at(-1)?.number}`;
}

/** Why these are not all events up to `last`, each once and in order; null if they are. */
export function faultOf(messages: readonly StoredMessage[], last: number): string | null {
  const ids = new Set<string>();
  for (const [index, { id, number }] of messages.entries()) {
    if (ids.has(id)) return `${id} is there twice`;
    if (number !== index + 1) return `event ${number} stands where ${index + 1} should`;
    ids.add(id);
  }
  return messages.length < last ? `the last event is ${messages.length}, not ${last}` : null;
}
