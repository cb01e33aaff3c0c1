/**
 * Drives an echo-test session over REQ alone, and polls for its events.
 *
 *     deno run --allow-ffi polling.ts [endpoint]         default: tcp://127.0.0.1:5545
 */
import { Option, SocketType } from "../../ffi/zmq/constants.ts";
import { Message, ThinContext, type ThinSocket } from "../../ffi/zmq/thin.ts";
import { readCommandLine } from "./node/command_line.mjs";

/** Milliseconds. */
const TIMEOUT = 10_000;
/** A poll that nothing comes to is answered after 30 s. */
const POLL_TIMEOUT = 40_000;

// deno-lint-ignore no-explicit-any
type Json = Record<string, any>;

let transactions = 0;

/** A REQ socket that speaks JSON: every request gets exactly one reply. */
class JanusRequest implements Disposable {
  readonly #socket: ThinSocket;
  readonly #message: Message;
  readonly #endpoint: string;

  constructor(context: ThinContext, endpoint: string) {
    this.#message = new Message(context.library);
    this.#socket = context.socket(SocketType.REQ);
    this.#socket.setInt(Option.LINGER, 0); // don't wait at the end for a Janus that isn't there
    // A reply that is lost costs a timeout, and not the socket.
    this.#socket.setInt(Option.REQ_RELAXED, 1);
    this.#socket.setInt(Option.REQ_CORRELATE, 1);
    this.#socket.connect(endpoint);
    this.#endpoint = endpoint;
  }

  /** The reply, which may be an array if it is a poll's. */
  ask(request: Json, timeout = TIMEOUT): Json {
    const socket = this.#socket;
    socket.setInt(Option.RCVTIMEO, timeout);
    const transaction = `request-${++transactions}`;
    const text = new TextEncoder().encode(JSON.stringify({ ...request, transaction }));
    if (socket.send(text, 0) < 0) throw socket.library.error("Cannot send");
    if (this.#message.recv(socket, 0) < 0) {
      const error = socket.library.error("Cannot receive");
      if (error.code !== "EAGAIN") throw error;
      throw new Error(`No answer in ${timeout / 1000} s: nobody answers at ${this.#endpoint}`);
    }
    const reply: Json = JSON.parse(new TextDecoder().decode(this.#message.copy()));
    if (reply.janus !== "error") return reply;
    const { reason, code } = reply.error;
    throw new Error(`Janus refuses ${request.janus}: ${reason} (${code})`);
  }

  /**
   * The events of a session, oldest first; none if nothing has happened for 30 s. A poll keeps the
   * session alive, so that a client that polls need not send keepalives.
   */
  poll(session_id: number): Json[] {
    const reply = this.ask({ janus: "poll", session_id, maxev: 10 }, POLL_TIMEOUT);
    return Array.isArray(reply) ? reply : []; // a "keepalive" comes alone
  }

  [Symbol.dispose](): void {
    this.#message.close();
    this.#socket.close();
  }
}

function runEchoTest(janus: JanusRequest): void {
  const session_id = janus.ask({ janus: "create" }).data.id;
  const attach = { janus: "attach", session_id, plugin: "janus.plugin.echotest" };
  const handle_id = janus.ask(attach).data.id;

  // Each message is answered by an "ack" at once; what comes of it is an event.
  for (const body of [{ audio: true }, { video: false }, { bitrate: 128_000 }]) {
    const { janus: answer } = janus.ask({ janus: "message", session_id, handle_id, body });
    console.log(`message: ${answer}`);
  }

  const events: Json[] = [];
  while (events.length < 3) events.push(...janus.poll(session_id));
  for (const event of events) {
    console.log(`${event.janus}: ${JSON.stringify(event.plugindata.data)}`);
  }

  console.log(`destroy: ${janus.ask({ janus: "destroy", session_id }).janus}`);
}

if (import.meta.main) {
  const { words } = readCommandLine("Usage: deno run --allow-ffi polling.ts [endpoint]");
  const [endpoint = "tcp://127.0.0.1:5545"] = words;
  try {
    using context = new ThinContext();
    using janus = new JanusRequest(context, endpoint);
    runEchoTest(janus);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(error.message);
    Deno.exitCode = 1;
  }
}
