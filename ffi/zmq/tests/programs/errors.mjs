// What is refused, when, and with which code, errno and address.
import process from "node:process";
import { Buffer } from "node:buffer";
import * as zmq from "zeromq";

const warnings = [];
process.on("warning", ({ message }) => warnings.push(message));

function describe(how, error) {
  const { name, code, errno, address } = error;
  // A class of its own may say more; it is an Error all the same.
  const kind = code === undefined ? name : error instanceof Error ? "Error" : typeof error;
  return [how, kind, code, errno, address].filter((part) => part !== undefined).join(" ");
}

/** Prints what comes of a call. */
async function attempt(what, run) {
  let result;
  try {
    result = run();
  } catch (error) {
    console.log(`${what}: ${describe("throws", error)}`);
    return;
  }
  try {
    const value = await result;
    console.log(`${what}: ${value === undefined ? "done" : typeof value}`);
  } catch (error) {
    console.log(`${what}: ${describe("rejects", error)}`);
  }
}

console.log("version", typeof zmq.version, /^\d+\.\d+\.\d+$/.test(zmq.version));

// Constructors
await attempt("Socket()", () => new zmq.Socket());
await attempt("Socket('1')", () => new zmq.Socket("1"));
await attempt("Socket(1, 2)", () => new zmq.Socket(1, 2));
await attempt("Socket(1, null)", () => new zmq.Socket(1, null));
await attempt("Socket(1, {}, 3)", () => new zmq.Socket(1, {}, 3));
await attempt("Socket(37)", () => new zmq.Socket(37));
await attempt("Dealer(5)", () => new zmq.Dealer(5));
await attempt("Dealer()", () => zmq.Dealer());
await attempt("unknown option", () => new zmq.Dealer({ lingr: 0 }));
await attempt("read-only option", () => new zmq.Dealer({ securityMechanism: "plain" }));
await attempt("option of another class", () => new zmq.Push({ receiveTimeout: 1 }));
await attempt("option of a wrong type", () => new zmq.Dealer({ linger: "0" }));
await attempt("option out of range", () => new zmq.Dealer({ linger: -7 }));
await attempt("Context(1)", () => new zmq.Context(1));
await attempt("Context({}, 2)", () => new zmq.Context({}, 2));
await attempt("unknown option of a context", () => new zmq.Context({ threads: 1 }));
await attempt("read-only option of a context", () => new zmq.Context({ maxSocketsLimit: 1 }));
await attempt("Proxy()", () => new zmq.Proxy());
await attempt("Proxy(socket)", () => new zmq.Proxy(new zmq.Dealer()));
await attempt("Proxy(3)", () => {
  new zmq.Proxy(new zmq.Dealer(), new zmq.Dealer(), new zmq.Dealer());
});
await attempt("Observer()", () => new zmq.Observer());

// Properties
const dealer = new zmq.Dealer({ linger: 0 });
const set = (target, name, value) => () => {
  target[name] = value;
};
await attempt("unknown property", set(dealer, "lingr", 0));
await attempt("read-only property", set(dealer, "lastEndpoint", "x"));
await attempt("unknown property of a context", set(new zmq.Context(), "threads", 1));

// Options by number
const byNumber = new zmq.Dealer({ linger: 0 });
byNumber.setBoolOption(39, true);
byNumber.setInt32Option(19, 75);
byNumber.setInt64Option(22, 0xffffffffffff);
byNumber.setUint64Option(4, 0xffffffffffffffff);
byNumber.setUint32Option(57, 8);
byNumber.setStringOption(5, Buffer.from("åbç"));
console.log(
  byNumber.getBoolOption(39),
  byNumber.immediate,
  byNumber.getInt32Option(19),
  byNumber.backlog,
  byNumber.getInt64Option(22),
  byNumber.getUint64Option(4),
  byNumber.getUint32Option(57),
  byNumber.getStringOption(5),
  byNumber.routingId,
);
await attempt("setBoolOption(39, 1)", () => byNumber.setBoolOption(39, 1));
await attempt("setInt32Option(17, 'x')", () => byNumber.setInt32Option(17, "x"));
await attempt("setStringOption(5, 5)", () => byNumber.setStringOption(5, 5));
await attempt("getInt32Option(999)", () => byNumber.getInt32Option(999));
const context = new zmq.Context({ ioThreads: 3 });
context.setBoolOption(42, true);
console.log(context.ioThreads, context.getInt32Option(1), context.ipv6, context.getBoolOption(42));
console.log(typeof dealer.loopbackFastPath, new zmq.Publisher({ conflate: true }).closed);

// Addresses
await attempt("bind nonsense", () => dealer.bind("foo-bar"));
await attempt("bind an unknown protocol", () => dealer.bind("foo://bar"));
await attempt("bind a number", () => dealer.bind(5));
await attempt("bindSync nonsense", () => dealer.bindSync("foo-bar"));
await attempt("unbind what is not bound", () => dealer.unbind("tcp://127.0.0.1:9"));
await attempt("connect nonsense", () => dealer.connect("foo-bar"));
await attempt("connect an unknown protocol", () => dealer.connect("foo://bar"));
await attempt("disconnect what is not connected", () => dealer.disconnect("tcp://127.0.0.1:9"));

// One thing at a time
const first = dealer.bind("inproc://one");
await attempt("bind during bind", () => dealer.bind("inproc://two"));
console.log("after it", await first);
const second = dealer.bind("inproc://two");
await attempt("bindSync during bind", () => dealer.bindSync("inproc://three"));
await attempt("connect during bind", () => dealer.connect("inproc://three"));
await second;
const third = dealer.unbind("inproc://one");
await attempt("unbind during unbind", () => dealer.unbind("inproc://two"));
await third;
const fourth = dealer.unbind("inproc://two");
await attempt("receive during unbind", () => dealer.receive());
await attempt("send during unbind", () => dealer.send("x"));
await fourth;

// close() during a bind or unbind
for (const verb of ["bind", "unbind"]) {
  for (const address of [`inproc://${verb}`, "foo-bar"]) {
    const socket = new zmq.Dealer({ linger: 0 });
    if (verb === "unbind" && address !== "foo-bar") await socket.bind(address);
    const doing = socket[verb](address).then(() => "done", ({ code }) => code);
    socket.close();
    console.log(`close during ${verb}`, socket.closed, await doing, socket.closed);
  }
}

// Receives and sends
const push = new zmq.Push({ linger: 0, sendHighWaterMark: 1 });
const pull = new zmq.Pull();
const waiting = [push.send("x"), pull.receive()];
const settled = Promise.allSettled(waiting);
await attempt("send during send", () => push.send("y"));
await attempt("receive during receive", () => pull.receive());
push.close();
pull.close();
for (const { reason } of await settled) console.log(describe("a wait at close", reason));
await attempt("send after close", () => push.send("x"));
await attempt("receive after close", () => pull.receive());
await attempt("send nothing", () => new zmq.Dealer().send());
await attempt("bind after close", () => push.bind("inproc://five"));
await attempt("connect after close", () => push.connect("inproc://five"));
await attempt("read an option after close", () => push.linger);
await attempt("set an option after close", set(push, "linger", 0));
console.log("after close", push.closed, push.readable, push.writable);
await attempt("receiveTimeout", () => new zmq.Pull({ receiveTimeout: 5 }).receive());
await attempt("receiveTimeout 0", () => new zmq.Pull({ receiveTimeout: 0 }).receive());
await attempt("sendTimeout", () => new zmq.Push({ sendTimeout: 5 }).send("x"));
await attempt("a router's unknown peer", () => {
  return new zmq.Router({ mandatory: true, sendTimeout: 0 }).send(["nobody", "x"]);
});
await attempt("a reply without a request", () => new zmq.Reply({ sendTimeout: 0 }).send("x"));

// Observers
const observed = new zmq.Dealer();
const ended = new Promise((resolve) => observed.events.on("end", resolve));
await attempt("events.receive() after on()", () => {
  try {
    observed.events.receive();
  } catch {
    throw new TypeError("at once");
  }
});
observed.close();
console.log("event", JSON.stringify(await ended));
const other = new zmq.Dealer();
const { events } = other;
other.close();
console.log((await events.receive()).type, events.closed);
await attempt("events.receive() after the end", () => events.receive());

try {
  new zmq.Observer(push);
} catch ({ code }) {
  console.log("an Observer of a closed socket", code);
}
const early = new zmq.Dealer({ linger: 0 });
const bindingEarly = early.bind("tcp://127.0.0.1:*");
console.log("events during bind", typeof early.events.on);
await bindingEarly;
early.close();

// Proxies
const ends = new zmq.Proxy(new zmq.Router(), new zmq.Dealer());
await attempt("run() of an unbound proxy", () => ends.run());
await ends.frontEnd.bind("tcp://127.0.0.1:*");
await attempt("run() of a half-bound proxy", () => ends.run());
await ends.backEnd.bind("tcp://127.0.0.1:*");
await attempt("pause() of a proxy that doesn't run", () => ends.pause());
ends.backEnd.close();
await attempt("run() of a closed proxy", () => ends.run());
ends.frontEnd.close();

// Options that come too late
warnings.length = 0;
const late = new zmq.Dealer({ linger: 0 });
late.routingId = "in time";
late.connect("inproc://late");
late.routingId = "late";
late.linger = 5;
late.sendTimeout = 5;
late.receiveHighWaterMark = 5;
const binding = late.bind("inproc://later");
late.backlog = 5;
await binding;
await late.unbind("inproc://later");
late.disconnect("inproc://late");
late.routingId = "in time again";
late.setUint64Option(4, 0xfffffff7fab7fb);
await new Promise((resolve) => setTimeout(resolve, 5)); // warnings come a little later
for (const warning of warnings) console.log(warning);
process.exit(0); // on Node the add-on crashes over sockets that were never made
