/** Messages as event handlers send them, over real sockets. */
import { XPublisher } from "../../../ffi/zmq/mod.ts";
import { readMessage } from "../../../plugins/monitor/sources/message.ts";
import { freePorts } from "../../../scripts/lib/ports.ts";
import { sleep } from "../../../scripts/lib/waiting.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { follow, until } from "./following.ts";
import { attached } from "./support.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const EVENT = JSON.stringify(attached()[0]);

function read(...frames: string[]) {
  return readMessage(frames.map(encode));
}

Deno.test("messages of all settings are read: topics, numbers, groups, indented JSON", () => {
  const events = [JSON.parse(EVENT)];
  const indented = JSON.stringify(events[0], undefined, 3);
  assertEquals(read(EVENT), { kind: "events", events, number: null });
  assertEquals(read(EVENT, "12"), { kind: "events", events, number: 12 });
  assertEquals(read("sessions.-.11.", EVENT), { kind: "events", events, number: null });
  assertEquals(read("sessions.-.11.", indented, "9007199254740991"), {
    kind: "events",
    events,
    number: 9007199254740991,
  });
  assertEquals(read(`\n[${EVENT},${EVENT}]`, "7"), {
    kind: "events",
    events: [...events, ...events],
    number: 7,
  });
  const dropped = { ring_full: { media: 12 } };
  assertEquals(read("dropped", JSON.stringify(dropped), "4"), { kind: "dropped", dropped });
});

Deno.test("what is no event is no message: no JSON, half of it, another one's", () => {
  for (
    const frames of [["hello"], ["", ""], ["{"], ["[1]"], ["{}"], ['{"type":"x","event":{}}'], [
      '{"type":1,"event":null}',
    ], ["[null]"]]
  ) {
    assertThrows(() => read(...frames), SyntaxError, undefined, frames.join());
  }
});

Deno.test("nobody there, then events, junk, an end, and events again: each is said once", async () => {
  const [port] = freePorts(1);
  const endpoint = `tcp://127.0.0.1:${port}`;
  const { source, heard, state } = follow(endpoint);
  using _ = source;
  await until(() => state().events.problem !== null);
  await sleep(500);
  assertEquals(heard.lines.length, 1);
  assert(heard.lines[0]!.startsWith(`Nobody answers at ${endpoint}`), heard.lines[0]);
  {
    await using publisher = new XPublisher({ linger: 1000 });
    publisher.bindSync(endpoint);
    await publisher.receive();
    await publisher.send([EVENT, "1"]);
    for (let i = 0; i < 10; i++) await publisher.send(["nonsense", String(i)]);
    await publisher.send([EVENT, "5"]);
    await publisher.send(["dropped", '{"ring_full":{"media":3}}', "5"]);
    await until(() => state().total === 2 && state().dropped.ring_full === 3);
    assertEquals([state().events.state, state().events.problem], ["up", null]);
    assertEquals(state().missing, 3);
  }
  await until(() => state().events.state === "lost");
  await using publisher = new XPublisher({ linger: 0 });
  publisher.bindSync(endpoint);
  await publisher.receive();
  await publisher.send([EVENT, "6"]);
  await until(() => state().total === 3);
  assertEquals([state().events.state, state().missing], ["up", 3]);
  const said = heard.lines.map((line) => line.replace(/[.:;].*/, ""));
  assertEquals(said.filter((line) => line.startsWith("A message")).length, 3);
  assertEquals(heard.lines.filter((line) => line.startsWith("Events come from")).length, 2);
  assertEquals(heard.lines.filter((line) => line.includes("is lost")).length, 1);
});

Deno.test("a thousand events in a message, and an opaque id of a megabyte, pass", async () => {
  await using publisher = new XPublisher({ linger: 0 });
  publisher.bindSync("tcp://127.0.0.1:*");
  const { source, state, model } = follow(publisher.lastEndpoint!);
  using _ = source;
  await publisher.receive();
  await publisher.send(JSON.stringify(attached("x".repeat(1 << 20))));
  await publisher.send(`[${Array(1000).fill(EVENT).join()}]`);
  await until(() => state().total === 1002);
  assertEquals(model.snapshot(0).handles[0]!.opaque_id!.length, 200);
});

Deno.test("a file of ipc that is not there is said; so is another server in the same place", async () => {
  const folder = await Deno.makeTempDir();
  const endpoint = `ipc://${folder}/events`;
  const { source, heard, state } = follow(endpoint, null);
  using _ = source;
  await until(() => state().events.problem !== null);
  assert(state().events.problem!.startsWith(`There is no file for ${endpoint}`));
  await using publisher = new XPublisher({ linger: 0 });
  publisher.bindSync(endpoint);
  await publisher.receive();
  const by = (emitter: string) => JSON.stringify({ ...JSON.parse(EVENT), emitter });
  await publisher.send([by("A"), "7"]);
  await publisher.send([by("B"), "1"]);
  await until(() => state().total === 2);
  assertEquals(state().name, "B");
  assertEquals(heard.lines.filter((line) => line.startsWith("Another server")), [
    `Another server answers at ${endpoint}: B, where A was. Metrics have its name from here on`,
  ]);
  await publisher.close?.();
  await Deno.remove(folder, { recursive: true });
});
