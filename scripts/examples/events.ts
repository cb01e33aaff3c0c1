/**
 * Prints Janus's events, one a line, with topics and numbers if they have them.
 *
 *     deno run --allow-ffi events.ts [endpoint] [--count N] [--timeout SECONDS]
 *
 * The endpoint is tcp://127.0.0.1:5546 unless given. --count ends after so many messages, --timeout
 * fails when none comes for so long; without them it goes on until Ctrl-C.
 */
import { Option, SocketType } from "../../ffi/zmq/constants.ts";
import { Message, ThinContext, ZmqError } from "../../ffi/zmq/thin.ts";
import { readCommandLine } from "./node/command_line.mjs";

/** As Janus numbers them. */
const TYPES: Readonly<Record<number, string>> = {
  1: "session",
  2: "handle",
  4: "external",
  8: "jsep",
  16: "webrtc",
  32: "media",
  64: "plugin",
  128: "transport",
  256: "core",
};

/** Prints a message: [topic,] JSON[, number], as general.topics and general.sequence say. */
function printMessage(frames: readonly string[]): void {
  const at = /^[{[]/.test(frames[0] ?? "") ? 0 : 1;
  const topic = frames.slice(0, at).map((frame) => `${frame}  `).join("");
  const number = frames.slice(at + 1).map((frame) => `  #${frame}`).join("");
  for (const { type, session_id = "", event } of [JSON.parse(frames[at] ?? "")].flat()) { // general.grouping
    const kind = (TYPES[type] ?? String(type)).padEnd(9);
    const session = String(session_id).padEnd(16);
    console.log(`${topic}${kind}  ${session}  ${JSON.stringify(event)}${number}`);
  }
}

/** Prints `count` messages; gives up when none comes for `timeout` ms, -1 for never. */
function printEvents(endpoint: string, count: number, timeout: number): void {
  using context = new ThinContext();
  using sub = context.socket(SocketType.SUB);
  using message = new Message(context.library);
  sub.setInt(Option.RCVTIMEO, timeout);
  sub.setBytes(Option.SUBSCRIBE, "");
  sub.connect(endpoint);
  for (let seen = 0; seen < count; seen++) {
    const frames: string[] = [];
    do {
      if (message.recv(sub, 0) < 0) throw sub.library.error("Cannot receive");
      frames.push(new TextDecoder().decode(message.copy()));
    } while (message.more());
    printMessage(frames);
  }
}

const USAGE = "Usage: deno run --allow-ffi events.ts [endpoint] [--count N] [--timeout SECONDS]";

if (import.meta.main) {
  const { words, options } = readCommandLine(USAGE, { count: "number", timeout: "number" });
  const [endpoint = "tcp://127.0.0.1:5546"] = words;
  const { count = Infinity, timeout } = options;
  try {
    printEvents(endpoint, count, timeout === undefined ? -1 : timeout * 1000);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const silent = error instanceof ZmqError && error.code === "EAGAIN";
    console.error(silent ? `No event from ${endpoint} in ${timeout} s` : error.message);
    Deno.exitCode = 1;
  }
}
