/**
 * The stream's companion: takes messages on its standard input, publishes them, and says on its standard
 * output what is stored. It has the right to the servers and to its credentials' files, nothing else.
 *
 * @module
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { encodeFrame, type Frame, FrameReader } from "../../companion/frames.ts";
import { connectNats } from "../connect.ts";
import { EventReader, type StreamMessage } from "../messages.ts";
import { aligned, FrameKind, MESSAGE, type StreamInit } from "../protocol.ts";
import { StreamPublisher } from "../publisher.ts";
import { Reporter } from "./reporter.ts";
import { connectionOptions, isTls } from "./servers.ts";

/** How long (ms) it goes on without its host, which has died. */
const ORPHAN_MS = 400;
/** A frame may be longer than `MAX_MESSAGES` if it has one message alone; this is nonsense. */
const MOST = 1 << 28;

/** The messages of a frame. */
function* messagesOf({ payload }: Frame): Generator<StreamMessage> {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const copy = payload.slice(); // the buffer is used again
  for (let at = 0; at < payload.length;) {
    const bytes = view.getUint32(at + MESSAGE.bytes, true);
    const record = view.getFloat64(at + MESSAGE.record, true);
    const number = view.getFloat64(at + MESSAGE.number, true);
    const part = view.getUint32(at + MESSAGE.part, true);
    const kind = view.getUint32(at + MESSAGE.kind, true);
    const begin = at + MESSAGE.head;
    yield { kind, record, part, number, body: copy.subarray(begin, begin + bytes) };
    at = begin + aligned(bytes);
  }
}

function write(bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    // The host has died: standard input ends, too.
  }
}

/** Ends the process, whatever else it waits for. */
function exitAfter(ms: number): void {
  setTimeout(() => Deno.exit(0), ms);
}

/** What NATS's client throws where nobody can catch it: a TLS alert, a connection that is reset. */
function isOfNetwork(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return "code" in error || /\balert\b|connection|certificate/i.test(error.message);
}

/** Ends the connection for such an error; for any other one, the process: the host starts it again. */
function catchAll(publisher: StreamPublisher): void {
  const caught = (event: Event, error: unknown) => {
    event.preventDefault();
    if (isOfNetwork(error)) return publisher.interrupt(error);
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  };
  globalThis.addEventListener("error", (event) => caught(event, event.error));
  globalThis.addEventListener("unhandledrejection", (event) => caught(event, event.reason));
}

async function main(): Promise<void> {
  const frames = new FrameReader(MOST);
  const next = async (): Promise<Frame | null> => {
    for (;;) {
      const frame = frames.next();
      if (frame !== null) return frame;
      const count = await frames.fillSlowly(async (room) => await Deno.stdin.read(room) ?? -1);
      if (count < 0) return null;
    }
  };
  const first = await next();
  if (first?.kind !== FrameKind.init) return;
  const init: StreamInit = JSON.parse(new TextDecoder().decode(first.payload));
  const { instance, epoch, host, stream, window, known } = init;
  const reader = new EventReader(stream.subject, instance);
  const reporter = new Reporter(write, () => exitAfter(ORPHAN_MS), isTls(init.servers));
  const publisher = new StreamPublisher({
    connect: async (options): Promise<NatsConnection> => {
      const name = `janus-zeromq ${instance}`;
      return await connectNats({ ...connectionOptions(init.servers), ...options, name });
    },
    ...{ writer: { instance, epoch }, host, reader, stream, window, known },
    listener: reporter,
  });
  catchAll(publisher);
  const running = publisher.run();
  let finishMs = -1;
  for (let frame = await next(); frame !== null && finishMs < 0; frame = await next()) {
    const { kind, payload } = frame;
    if (kind === FrameKind.messages) {
      for (const message of messagesOf(frame)) publisher.push(message);
    } else if (kind === FrameKind.ping) {
      write(encodeFrame(FrameKind.pong, []));
    } else if (kind === FrameKind.finish) {
      finishMs = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
      break;
    }
  }
  exitAfter(finishMs < 0 ? ORPHAN_MS : finishMs);
  await (finishMs < 0 ? publisher.drain(ORPHAN_MS) : publisher.finish(finishMs));
  reporter.flush();
  publisher.close();
  await running;
}

/** Standard output is the host's alone; NATS's client prints what it was sent and does not understand. */
function silenceConsole(): void {
  const say = () => {};
  Object.assign(console, { log: say, info: say, debug: say });
}

if (import.meta.main) {
  silenceConsole();
  await main();
  Deno.exit(0);
}
