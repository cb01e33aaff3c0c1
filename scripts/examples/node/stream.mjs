/**
 * Prints the events that a NATS stream has, one a line, with npm's NATS client alone.
 *
 *     node node/stream.mjs [server] [--durable NAME] [--follow]
 *
 * The server is 127.0.0.1:4222 unless given. With --durable the server remembers what was printed: the next
 * time it goes on there. --follow goes on with what comes, until Ctrl-C.
 */
import process from "node:process";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { readCommandLine } from "./command_line.mjs";

const STREAM = "JANUS";
const SUBJECT = "janus.events";

/** The consumer that remembers, made where there is none; or one for this time. */
async function openConsumer(connection, durable) {
  const consumers = jetstream(connection).consumers;
  if (durable === undefined) {
    return await consumers.get(STREAM, { filter_subjects: `${SUBJECT}.>` });
  }
  const manager = await jetstreamManager(connection);
  await manager.consumers.add(STREAM, {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    filter_subject: `${SUBJECT}.>`,
  });
  return await consumers.get(STREAM, durable);
}

/** Prints a message: janus.events.INSTANCE.TYPE.SUBTYPE.PLUGIN, numbered by headers. */
function printMessage(message) {
  const [instance, type] = message.subject.slice(SUBJECT.length + 1).split(".");
  const epoch = message.headers?.get("Janus-Epoch");
  const number = message.headers?.get("Janus-Number") ?? "";
  const body = message.json();
  // Two types are no events: "dropped" stands where some are missing, "gone" at Janus's end.
  const shown = JSON.stringify(body.event ?? body);
  console.log(`${message.seq}  ${instance}/${epoch}  #${number}  ${type}  ${shown}`);
}

const { words, options } = readCommandLine(
  "Usage: node stream.mjs [server] [--durable NAME] [--follow]",
  { durable: "text", follow: "flag" },
);
const [server = "127.0.0.1:4222"] = words;
let connection;
try {
  connection = await connect({ servers: server, timeout: 5000 });
  const consumer = await openConsumer(connection, options.durable);
  const { num_pending } = await consumer.info();
  if (num_pending > 0 || options.follow) {
    for await (const message of await consumer.consume()) {
      printMessage(message);
      message.ack(); // only then: after a crash it comes again, under the same Nats-Msg-Id
      if (message.info.pending === 0 && !options.follow) break;
    }
  }
} catch (error) {
  process.exitCode = 1;
  console.error(`Cannot read from ${server}: ${error.message}`);
} finally {
  await connection?.drain();
}
