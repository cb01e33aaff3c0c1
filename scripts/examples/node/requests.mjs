/**
 * Asks Janus for its info over REQ, then drives an echo-test session over DEALER.
 *
 *     node node/requests.mjs [endpoint]        default: tcp://127.0.0.1:5545
 */
import process from "node:process";
import { Dealer, Request } from "zeromq";
import { readCommandLine } from "./command_line.mjs";

const { words } = readCommandLine("Usage: node requests.mjs [endpoint]");
const [endpoint = "tcp://127.0.0.1:5545"] = words;
// linger: don't wait at the end for a Janus that isn't there.
const options = { receiveTimeout: 10_000, linger: 0 };
let transactions = 0;

/** REQ: every request gets exactly one reply. */
async function askInfo(req) {
  await req.send(JSON.stringify({ janus: "info", transaction: `info-${++transactions}` }));
  const [frame] = await req.receive();
  const info = JSON.parse(frame.toString());
  refuseError("info", info);
  console.log(`REQ     ${info.name} ${info.version_string}`);
}

/** Ends the program if a reply is an error. */
function refuseError(verb, { janus, error }) {
  if (janus === "error") throw new Error(`Janus refuses ${verb}: ${error.reason} (${error.code})`);
}

/**
 * Sends a request over DEALER and returns the message of kind `wanted` that it leads to. What comes
 * before it, such as an "ack" or something about another request, is printed only.
 */
async function ask(dealer, wanted, request) {
  const transaction = `request-${++transactions}`;
  await dealer.send(JSON.stringify({ ...request, transaction }));
  for (;;) {
    const [frame] = await dealer.receive();
    const message = JSON.parse(frame.toString());
    const mine = message.transaction === transaction;
    console.log(`DEALER  ${request.janus}: ${message.janus}`);
    if (mine) refuseError(request.janus, message);
    if (message.janus === wanted && mine) return message;
  }
}

async function runEchoTest(dealer) {
  const session = await ask(dealer, "success", { janus: "create" });
  const session_id = session.data.id;
  const plugin = "janus.plugin.echotest";
  const handle = await ask(dealer, "success", { janus: "attach", session_id, plugin });
  const handle_id = handle.data.id;

  // Plugins answer in two steps: an "ack" at once, and an "event" when they are done.
  const body = { audio: true, video: true };
  const event = await ask(dealer, "event", { janus: "message", session_id, handle_id, body });
  console.log(`        ${JSON.stringify(event.plugindata.data)}`);

  // Janus ends a session that it hears nothing of for 60 s.
  await ask(dealer, "ack", { janus: "keepalive", session_id });
  await ask(dealer, "success", { janus: "destroy", session_id });
}

const req = new Request(options);
const dealer = new Dealer(options);
try {
  req.connect(endpoint);
  dealer.connect(endpoint);
  await askInfo(req);
  await runEchoTest(dealer);
} catch (error) {
  process.exitCode = 1;
  console.error(
    error.code === "EAGAIN"
      ? `No answer in ${options.receiveTimeout / 1000} s: nobody answers at ${endpoint}`
      : error.message,
  );
} finally {
  req.close();
  dealer.close();
}
