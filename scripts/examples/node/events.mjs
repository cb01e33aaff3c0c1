/**
 * Prints Janus's events, one a line, with topics and numbers if they have them.
 *
 *     node node/events.mjs [endpoint] [--count N] [--timeout SECONDS]
 *
 * The endpoint is tcp://127.0.0.1:5546 unless given. --count ends after so many messages, --timeout
 * fails when none comes for so long; without them it goes on until Ctrl-C.
 */
import process from "node:process";
import { Subscriber } from "zeromq";
import { readCommandLine } from "./command_line.mjs";

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

/** Prints a message: [topic,] JSON[, number], as general.topics and general.sequence say. */
function printMessage(frames) {
  const at = /^[{[]/.test(frames[0]) ? 0 : 1;
  const topic = frames.slice(0, at).map((frame) => `${frame}  `).join("");
  const number = frames.slice(at + 1).map((frame) => `  #${frame}`).join("");
  for (const { type, session_id = "", event } of [JSON.parse(frames[at])].flat()) { // general.grouping
    const kind = (TYPES[type] ?? String(type)).padEnd(9);
    const session = String(session_id).padEnd(16);
    console.log(`${topic}${kind}  ${session}  ${JSON.stringify(event)}${number}`);
  }
}

const { words, options } = readCommandLine(
  "Usage: node events.mjs [endpoint] [--count N] [--timeout SECONDS]",
  { count: "number", timeout: "number" },
);
const [endpoint = "tcp://127.0.0.1:5546"] = words;
const { count = Infinity, timeout } = options;
const receiveTimeout = timeout === undefined ? -1 : timeout * 1000;

const sub = new Subscriber({ receiveTimeout, linger: 0 });
try {
  sub.subscribe();
  sub.connect(endpoint);
  for (let seen = 0; seen < count; seen++) {
    printMessage((await sub.receive()).map(String));
  }
} catch (error) {
  process.exitCode = 1;
  console.error(
    error.code === "EAGAIN" ? `No event from ${endpoint} in ${timeout} s` : error.message,
  );
} finally {
  sub.close();
}
