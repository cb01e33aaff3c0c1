/**
 * Prints Janus's events, one a line.
 *
 *     node events.mjs [endpoint] [--count N] [--timeout SECONDS]
 *
 * The endpoint is tcp://127.0.0.1:5546 unless given. --count ends after so many events, --timeout
 * fails when none comes for so long; without them it goes on until Ctrl-C.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { Subscriber } from "zeromq";

/** As Janus numbers them. */
const TYPES = {
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "string" }, timeout: { type: "string" } },
});
const endpoint = positionals[0] ?? "tcp://127.0.0.1:5546";
const count = Number(values.count ?? Infinity);
const receiveTimeout = values.timeout === undefined ? -1 : Number(values.timeout) * 1000;

const sub = new Subscriber({ receiveTimeout, linger: 0 });
try {
  sub.subscribe();
  sub.connect(endpoint);
  for (let seen = 0; seen < count; seen++) {
    const [frame] = await sub.receive();
    const { type, session_id = "", event } = JSON.parse(frame.toString());
    const kind = TYPES[type] ?? type;
    console.log(`${kind.padEnd(9)}  ${String(session_id).padEnd(16)}  ${JSON.stringify(event)}`);
  }
} catch (error) {
  process.exitCode = 1;
  console.error(
    error.code === "EAGAIN" ? `No event from ${endpoint} in ${values.timeout} s` : error.message,
  );
} finally {
  sub.close();
}
