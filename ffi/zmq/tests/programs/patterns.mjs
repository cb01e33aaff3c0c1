// One of each pattern, with what is sent and received.
import { Buffer } from "node:buffer";
import * as zmq from "zeromq";

const texts = (frames) => frames.map((frame) => frame.toString());

/** Binds one socket and connects the other. */
async function join(server, client) {
  await server.bind("tcp://127.0.0.1:*");
  client.connect(server.lastEndpoint);
}

// What is sent becomes a Buffer, whatever it was.
const [left, right] = [new zmq.Pair({ linger: 0 }), new zmq.Pair({ linger: 0 })];
await join(left, right);
const words = Uint16Array.from([0x4241, 0x4443]);
const kinds = [
  "text",
  "ü",
  null,
  42,
  16.19,
  true,
  {},
  [1, 2].values(),
  function named() {},
  { toString: () => "its own text" },
  10n,
  new Date(0).toISOString(),
  Buffer.from("buffer"),
  words,
  words.buffer,
];
for (const kind of kinds) await left.send(kind);
for (const _ of kinds) {
  const [frame] = await right.receive();
  console.log(Buffer.isBuffer(frame), JSON.stringify(frame.toString()));
}
await left.send([null, undefined, false, "several"]);
console.log(texts(await right.receive()).join());
left.close();
right.close();

// Requests: one after the other, and JSON
const [reply, request] = [new zmq.Reply(), new zmq.Request({ correlate: true, relaxed: true })];
await join(reply, request);
const serving = (async () => {
  for await (const [text] of reply) {
    const { number } = JSON.parse(text);
    await reply.send(JSON.stringify({ number: 2 * number }));
  }
})();
for (const number of [1, 2, 3]) {
  await request.send(JSON.stringify({ number }));
  const [text] = await request.receive();
  console.log(JSON.parse(text).number);
}
reply.close();
request.close();
await serving;

// Subscriptions: by text and by Buffer
const [publisher, subscriber] = [new zmq.XPublisher(), new zmq.Subscriber()];
await join(publisher, subscriber);
subscriber.subscribe("news", Buffer.from("sport"));
subscriber.unsubscribe(Buffer.from("news"));
const subscriptions = [];
while (subscriptions.at(-1) !== "\u0000news") {
  subscriptions.push((await publisher.receive())[0].toString());
}
console.log(JSON.stringify(subscriptions));
for (const topic of ["news", "weather", "sports"]) await publisher.send([topic, "all is well"]);
console.log(texts(await subscriber.receive()).join());
publisher.close();
subscriber.close();

// Routers: by name, and told apart
const [router, dealer] = [new zmq.Router({ mandatory: true }), new zmq.Dealer()];
dealer.routingId = "me";
await join(router, dealer);
await dealer.send(["one", "two"]);
const [from, ...parts] = await router.receive();
console.log(from.toString(), texts(parts).join(), from.equals(Buffer.from("me")));
await router.send([from, "three"]);
console.log(texts(await dealer.receive()).join());
router.close();
dealer.close();

// Events
const watched = new zmq.Dealer();
const seen = [];
for (const type of ["bind", "close", "end"]) {
  watched.events.on(type, (event) => seen.push(Object.keys(event).sort().join(), event.type));
}
const end = new Promise((resolve) => watched.events.on("end", resolve));
await watched.bind("tcp://127.0.0.1:*");
await watched.unbind(watched.lastEndpoint);
watched.close();
await end;
console.log(seen.join(" "));

// A proxy between two
const proxy = new zmq.Proxy(new zmq.Router(), new zmq.Dealer());
await proxy.frontEnd.bind("inproc://front");
await proxy.backEnd.bind("inproc://back");
const proxied = proxy.run();
const [worker, client] = [new zmq.Reply(), new zmq.Request()];
worker.connect("inproc://back");
client.connect("inproc://front");
await client.send("through");
await worker.send((await worker.receive())[0].toString().toUpperCase());
console.log(texts(await client.receive()).join());
proxy.terminate();
await proxied;
console.log(proxy.frontEnd.closed, proxy.backEnd.closed);
worker.close();
client.close();
