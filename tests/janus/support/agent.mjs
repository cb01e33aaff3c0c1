/**
 * A ZeroMQ client over npm's zeromq that does what lines of JSON on stdin say; the same lines as
 * `agent.py` takes and writes.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { Dealer, Request, Subscriber } from "zeromq";

const sockets = new Map();

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function open(options) {
  const common = { linger: 0, receiveHighWaterMark: 0, ipv6: options.endpoint.includes("[") };
  const identity = options.identity === undefined ? {} : { routingId: options.identity };
  switch (options.type) {
    case "REQ":
      return new Request({
        ...common,
        ...identity,
        sendHighWaterMark: 0,
        relaxed: options.relaxed ?? false,
        correlate: options.correlate ?? false,
      });
    case "DEALER":
      return new Dealer({ ...common, ...identity, sendHighWaterMark: 0 });
    case "SUB": {
      const socket = new Subscriber(common);
      socket.subscribe(options.topic ?? "");
      return socket;
    }
  }
}

async function receive(number, socket) {
  for (;;) {
    try {
      const frames = await socket.receive();
      say({ socket: number, frames: frames.map((frame) => frame.toString()) });
      if (socket instanceof Request) return;
    } catch (error) {
      // A correlated REQ wakes up for a reply to an earlier request, and finds that it has none.
      if (error.code === "EAGAIN" && !socket.closed) continue;
      if (!socket.closed) say({ socket: number, error: String(error) });
      return;
    }
  }
}

/** One after the other: zeromq allows one send at a time. */
async function send(entry, number, frames) {
  try {
    await entry.socket.send(frames);
    if (!(entry.socket instanceof Request) || entry.receiving) return;
    // A relaxed REQ may send again while it waits; it waits once all the same.
    entry.receiving = true;
    receive(number, entry.socket).finally(() => entry.receiving = false);
  } catch (error) {
    say({ socket: number, error: String(error) });
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const number = command.socket;
  if (command.op === "open") {
    const socket = open(command);
    socket.connect(command.endpoint);
    sockets.set(number, { socket, last: Promise.resolve() });
    if (command.type !== "REQ") receive(number, socket);
    continue;
  }
  const entry = sockets.get(number);
  if (command.op === "send") {
    entry.last = entry.last.then(() => send(entry, number, command.frames));
  } else {
    await entry.last;
    entry.socket.close();
    say({ socket: number, closed: true });
  }
}
process.exit();
