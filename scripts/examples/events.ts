/**
 * Prints Janus's events, one a line.
 *
 *     deno run --allow-ffi events.ts [endpoint] [--count N] [--timeout SECONDS]
 *
 * The endpoint is tcp://127.0.0.1:5546 unless given. --count ends after so many events, --timeout
 * fails when none comes for so long; without them it goes on until Ctrl-C.
 */
import { parseArgs } from "node:util";
import { Option, SocketType } from "../../ffi/zmq/constants.ts";
import { Message, ThinContext, ZmqError } from "../../ffi/zmq/thin.ts";

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

/** Prints `count` events; gives up when none comes for `timeout` ms, -1 for never. */
function printEvents(endpoint: string, count: number, timeout: number): void {
  using context = new ThinContext();
  using sub = context.socket(SocketType.SUB);
  using message = new Message(context.library);
  sub.setInt(Option.RCVTIMEO, timeout);
  sub.setBytes(Option.SUBSCRIBE, "");
  sub.connect(endpoint);
  for (let seen = 0; seen < count; seen++) {
    if (message.recv(sub, 0) < 0) throw sub.library.error("Cannot receive");
    const text = new TextDecoder().decode(message.copy());
    const { type, session_id = "", event } = JSON.parse(text);
    const kind = TYPES[type] ?? String(type);
    console.log(`${kind.padEnd(9)}  ${String(session_id).padEnd(16)}  ${JSON.stringify(event)}`);
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: { count: { type: "string" }, timeout: { type: "string" } },
  });
  const endpoint = positionals[0] ?? "tcp://127.0.0.1:5546";
  const count = Number(values.count ?? Infinity);
  const timeout = values.timeout === undefined ? -1 : Number(values.timeout) * 1000;
  try {
    printEvents(endpoint, count, timeout);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const silent = error instanceof ZmqError && error.code === "EAGAIN";
    console.error(silent ? `No event from ${endpoint} in ${values.timeout} s` : error.message);
    Deno.exitCode = 1;
  }
}
