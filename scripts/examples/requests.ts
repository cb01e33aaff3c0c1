/**
 * Asks Janus for its info over REQ, then drives an echo-test session over DEALER.
 *
 *     deno run --allow-ffi requests.ts [endpoint]        default: tcp://127.0.0.1:5545
 */
import { Option, SocketType } from "../../ffi/zmq/constants.ts";
import { Message, ThinContext, type ThinSocket, ZmqError } from "../../ffi/zmq/thin.ts";
import { readCommandLine } from "./node/command_line.mjs";

/** Milliseconds. */
const TIMEOUT = 10_000;

// deno-lint-ignore no-explicit-any
type Json = Record<string, any>;

let transactions = 0;

/** A socket that speaks JSON and waits at most {@linkcode TIMEOUT}. */
class JsonSocket implements Disposable {
  readonly #socket: ThinSocket;
  readonly #message: Message;

  constructor(context: ThinContext, type: number) {
    this.#message = new Message(context.library);
    this.#socket = context.socket(type);
    this.#socket.setInt(Option.RCVTIMEO, TIMEOUT);
    this.#socket.setInt(Option.LINGER, 0); // don't wait at the end for a Janus that isn't there
  }

  connect(endpoint: string): void {
    this.#socket.connect(endpoint);
  }

  send(request: Json): void {
    const text = new TextEncoder().encode(JSON.stringify(request));
    if (this.#socket.send(text, 0) < 0) throw this.#socket.library.error("Cannot send");
  }

  receive(): Json {
    if (this.#message.recv(this.#socket, 0) < 0) throw this.#socket.library.error("Cannot receive");
    return JSON.parse(new TextDecoder().decode(this.#message.copy()));
  }

  [Symbol.dispose](): void {
    this.#message.close();
    this.#socket.close();
  }
}

/** REQ: every request gets exactly one reply. */
function askInfo(req: JsonSocket): void {
  req.send({ janus: "info", transaction: `info-${++transactions}` });
  const info = req.receive();
  refuseError("info", info);
  console.log(`REQ     ${info.name} ${info.version_string}`);
}

/** Ends the program if a reply is an error. */
function refuseError(verb: string, { janus, error }: Json): void {
  if (janus === "error") throw new Error(`Janus refuses ${verb}: ${error.reason} (${error.code})`);
}

/**
 * Sends a request over DEALER and returns the message of kind `wanted` that it leads to. What comes
 * before it, such as an "ack" or something about another request, is printed only.
 */
function ask(dealer: JsonSocket, wanted: string, request: Json): Json {
  const transaction = `request-${++transactions}`;
  dealer.send({ ...request, transaction });
  for (;;) {
    const message = dealer.receive();
    const mine = message.transaction === transaction;
    console.log(`DEALER  ${request.janus}: ${message.janus}`);
    if (mine) refuseError(request.janus, message);
    if (message.janus === wanted && mine) return message;
  }
}

function runEchoTest(dealer: JsonSocket): void {
  const session = ask(dealer, "success", { janus: "create" });
  const session_id = session.data.id;
  const plugin = "janus.plugin.echotest";
  const handle = ask(dealer, "success", { janus: "attach", session_id, plugin });
  const handle_id = handle.data.id;

  // Plugins answer in two steps: an "ack" at once, and an "event" when they are done.
  const body = { audio: true, video: true };
  const event = ask(dealer, "event", { janus: "message", session_id, handle_id, body });
  console.log(`        ${JSON.stringify(event.plugindata.data)}`);

  // Janus ends a session that it hears nothing of for 60 s.
  ask(dealer, "ack", { janus: "keepalive", session_id });
  ask(dealer, "success", { janus: "destroy", session_id });
}

if (import.meta.main) {
  const { words } = readCommandLine("Usage: deno run --allow-ffi requests.ts [endpoint]");
  const [endpoint = "tcp://127.0.0.1:5545"] = words;
  try {
    using context = new ThinContext();
    using req = new JsonSocket(context, SocketType.REQ);
    using dealer = new JsonSocket(context, SocketType.DEALER);
    req.connect(endpoint);
    dealer.connect(endpoint);
    askInfo(req);
    runEchoTest(dealer);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const silent = error instanceof ZmqError && error.code === "EAGAIN";
    console.error(
      silent ? `No answer in ${TIMEOUT / 1000} s: nobody answers at ${endpoint}` : error.message,
    );
    Deno.exitCode = 1;
  }
}
