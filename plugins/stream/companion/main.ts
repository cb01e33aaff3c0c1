/**
 * The stream's companion: takes messages on its standard input, publishes them, and says on its standard
 * output what is stored. It has the right to the servers and to its credentials' files, nothing else.
 *
 * @module
 */
import {
  type ConnectionOptions,
  credsAuthenticator,
  type NatsConnection,
} from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { eventTopic } from "../../janus/event_types.ts";
import { parseJson } from "../../janus/json.ts";
import { encodeFrame, type Frame, FrameReader, padded } from "../../companion/frames.ts";
import { eventSubject, type StreamMessage } from "../messages.ts";
import {
  FrameKind,
  MAX_MESSAGES,
  MESSAGE,
  type StreamInit,
  type StreamNews,
  type StreamServers,
} from "../protocol.ts";
import { type PublisherListener, StreamPublisher } from "../publisher.ts";

/** How long (ms) the host waits for what is stored to be said, at most: many are said at once. */
const SAY_MS = 5;
/** The same reason is said again after this (ms). */
const AGAIN_MS = 60_000;

/** Says to the host what comes of its messages. */
class Reporter implements PublisherListener {
  /** Messages that are stored, since it was last said; and the place of the last one. */
  #count = 0;
  #place = 0;
  #due = false;
  #reason = "";
  #saidAt = -Infinity;

  stored(_message: StreamMessage, place: number, count: number): void {
    this.#count += count;
    this.#place = place;
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => this.#say(), SAY_MS);
  }

  opened(server: string, differences: readonly string[]): void {
    this.#reason = "";
    this.#news({ what: "opened", server, differences });
  }

  failed({ message }: Error): void {
    const now = performance.now();
    if (message === this.#reason && now - this.#saidAt < AGAIN_MS) return;
    this.#reason = message;
    this.#saidAt = now;
    this.#news({ what: "failed", reason: message.slice(0, 1000) });
  }

  #say(): void {
    this.#due = false;
    const words = new Float64Array([this.#count, this.#place]);
    this.#count = 0;
    write(encodeFrame(FrameKind.stored, new Uint8Array(words.buffer)));
  }

  #news(news: StreamNews): void {
    write(encodeFrame(FrameKind.news, [], JSON.stringify(news)));
  }
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** What NATS's client is told of servers and credentials. @throws {Error} for a file that can't be read */
function connectionOptions(given: StreamServers): ConnectionOptions {
  const { servers, credentials, user, password, token, ca, cert, key } = given;
  const file = (path: string) => Deno.readTextFileSync(path);
  const tls = {
    ...(ca === "" ? {} : { ca: file(ca) }),
    ...(cert === "" ? {} : { cert: file(cert) }),
    ...(key === "" ? {} : { key: file(key) }),
  };
  return {
    servers: [...servers],
    resolve: false, // the right is to these names
    ...(credentials === ""
      ? {}
      : { authenticator: credsAuthenticator(Deno.readFileSync(credentials)) }),
    ...(user === "" ? {} : { user, pass: password }),
    ...(token === "" ? {} : { token }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

/** The messages of a frame. */
function* messagesOf({ payload }: Frame, init: StreamInit): Generator<StreamMessage> {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const decoder = new TextDecoder();
  for (let at = 0; at < payload.length;) {
    const bytes = view.getUint32(at + MESSAGE.bytes, true);
    const begin = at + MESSAGE.body;
    const body = payload.slice(begin, begin + bytes); // the buffer is used again
    const event = parseJson(decoder.decode(body)) as { readonly session_id?: unknown };
    const [type = "", subtype = "", session = "", ...plugin] = eventTopic(event).split(".");
    yield {
      record: view.getFloat64(at + MESSAGE.record, true),
      index: view.getUint32(at + MESSAGE.part, true),
      subject: eventSubject(init.stream.subject, init.instance, type, subtype, plugin.join(".")),
      session: session === "-" ? "" : session,
      body,
    };
    at += MESSAGE.body + padded(bytes);
  }
}

async function main(): Promise<void> {
  const reader = new FrameReader(MAX_MESSAGES);
  const next = async (): Promise<Frame | null> => {
    for (;;) {
      const frame = reader.next();
      if (frame !== null) return frame;
      const count = await reader.fillSlowly(async (room) => await Deno.stdin.read(room) ?? -1);
      if (count < 0) return null;
    }
  };
  const first = await next();
  if (first?.kind !== FrameKind.init) return;
  const init: StreamInit = JSON.parse(new TextDecoder().decode(first.payload));
  const { instance, epoch, stream, window, place } = init;
  const publisher = new StreamPublisher({
    connect: (options): Promise<NatsConnection> =>
      connect({ ...connectionOptions(init.servers), ...options, name: `janus-zeromq ${instance}` }),
    ...{ writer: { instance, epoch }, stream, window, place },
    listener: new Reporter(),
  });
  void publisher.run();
  for (let frame = await next(); frame !== null; frame = await next()) {
    if (frame.kind !== FrameKind.messages) continue;
    for (const message of messagesOf(frame, init)) publisher.push(message);
  }
  publisher.close();
}

if (import.meta.main) {
  await main();
  Deno.exit(0);
}
