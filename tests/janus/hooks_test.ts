/** Transport hooks in a real Janus. */
import type { JcfgValue } from "../../scripts/private_janus/config.ts";
import { assert, assertEquals, assertLess, assertMatch } from "../assert.ts";
import { Fixture, request } from "./support/fixture.ts";
import type { Json } from "./support/socket.ts";

const HEAD = `import { defineTransportHook } from "@janus-zeromq/janus-zeromq";\n`;

function hook(name: string, body: string): string {
  return `${HEAD}export default defineTransportHook({ name: "${name}", ${body} });`;
}

/** A Janus with hooks in a folder of the test's own. */
class Hooked implements AsyncDisposable {
  readonly folder: string;
  readonly fixture: Fixture;

  private constructor(folder: string, fixture: Fixture) {
    this.folder = folder;
    this.fixture = fixture;
  }

  static async start(
    files: Record<string, string>,
    hooks: Record<string, JcfgValue> = {},
  ): Promise<Hooked> {
    const folder = await Deno.makeTempDir({ prefix: "hooks-" });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const modules = Object.keys(files).map((name) => `${folder}/${name}`);
    const fixture = await Fixture.start({
      admin: true,
      settings: { transport: { hooks: { modules, ...hooks } } },
    });
    return new Hooked(folder, fixture);
  }

  async info(): Promise<Json[]> {
    return (await this.fixture.query("transport", { request: "info" })).hooks;
  }

  line(pattern: RegExp): Promise<RegExpExecArray> {
    return this.fixture.janus.waitForLog(pattern, 15_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("hooks refuse, change and see requests, in a chain, and change replies", async () => {
  await using h = await Hooked.start({
    "refuse.ts": hook(
      "refuse",
      `onRequest(request, ctx) {
        if (request.janus === "attach" && request.plugin === "janus.plugin.streaming") return ctx.refuse(403, "Not here: " + ctx.peer.identity);
        request.lost = true; // changed, but not returned
      }`,
    ),
    "change.ts": hook(
      "change",
      `async onRequest(request) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (request.janus === "create") return { ...request, id: 4711n };
      },
      onReply(reply, { peer }) { return { ...reply, seen: peer.address + (peer.admin ? "/admin" : "") }; }`,
    ),
  });
  await using dealer = h.fixture.connect("DEALER", { identity: "ann" });
  const created = await h.fixture.ask(dealer, "create");
  assertEquals([created.data.id, created.seen], [4711, "127.0.0.1"]);
  const session_id = 4711;
  const refused = await h.fixture.ask(dealer, "attach", {
    session_id,
    plugin: "janus.plugin.streaming",
  });
  assertEquals(refused.janus, "error");
  assertEquals(refused.error, { code: 403, reason: "Not here: ann" });
  assertEquals(refused.session_id, 4711);
  const plugin = "janus.plugin.echotest";
  const { data: { id: handle_id } } = await h.fixture.ask(dealer, "attach", { session_id, plugin });
  dealer.send(request("message", { session_id, handle_id, body: { audio: true } }));
  const answers = [await dealer.json(), await dealer.json()];
  assertEquals(answers.map(({ janus }) => janus).sort(), ["ack", "event"]);
  assert(answers.every(({ seen }) => seen === "127.0.0.1"), "asynchronous events, too");
  assertEquals((await h.fixture.admin("ping")).seen, "127.0.0.1/admin");
  const [refuse, change] = await h.info();
  assertEquals([refuse!.state, refuse!.dropped, change!.state], ["on", 1, "on"]);
  assertEquals(h.fixture.complaints("ERR|WARN", "transport"), []);
});

Deno.test("one request at a time is answered at once, through hooks on both ways", async () => {
  await using h = await Hooked.start({
    "both.ts": hook(
      "both",
      `onRequest: () => null, onReply: (reply) => ({ ...reply, seen: true })`,
    ),
  });
  await using dealer = h.fixture.connect("DEALER");
  await h.fixture.ask(dealer, "ping");
  const begun = performance.now();
  for (let n = 0; n < 100; n++) assertEquals((await h.fixture.ask(dealer, "ping")).seen, true);
  assertLess(performance.now() - begun, 3000);
});

Deno.test("the order of each client's requests and replies is kept", async () => {
  await using h = await Hooked.start({
    "slow.ts": hook(
      "slow",
      `async onRequest(request: any) { await new Promise((r) => setTimeout(r, Math.random() * 3)); return request; },
       async onReply(reply) { await 0; return reply; }`,
    ),
  });
  const clients = [0, 1, 2].map(() => h.fixture.connect("DEALER"));
  const expected = Array.from({ length: 60 }, (_, n) => `n${n}`);
  for (const transaction of expected) {
    for (const client of clients) client.send(JSON.stringify({ janus: "ping", transaction }));
  }
  for (const client of clients) {
    const got: string[] = [];
    while (got.length < expected.length) got.push((await client.json()).transaction);
    assertEquals(got, expected);
    await client.close();
  }
});

Deno.test("what no hook could read is refused, as it might be read otherwise by Janus", async () => {
  await using h = await Hooked.start({
    "see.ts": hook(
      "see",
      `onRequest(request: any, ctx) { if (request.janus === "create") return ctx.refuse(403, "no"); }`,
    ),
  });
  await using dealer = h.fixture.connect("DEALER");
  for (
    const text of [
      '{"janus":"info"',
      "[1]",
      '{"janus":"x"}},{"a":1',
      '{"janus":"ping","transaction":"t"} x',
    ]
  ) {
    dealer.send(text);
    assertEquals((await dealer.json()).error.code, 454, text);
  }
  // Requests that try to be part of others.
  dealer.send('{"janus":"ping","transaction":"a","x":"');
  dealer.send('","janus":"create","transaction":"b"}');
  assertEquals((await dealer.json()).error.code, 454);
  assertEquals((await dealer.json()).error.code, 454);
  assertEquals((await h.fixture.ask(dealer, "create")).error, { code: 403, reason: "no" });
});

Deno.test("polls are requests as well, and what they bring are replies", async () => {
  await using h = await Hooked.start({
    "poll.ts": hook(
      "poll",
      `onRequest(request: any, ctx) { if (request.janus === "poll" && request.maxev === 99) return ctx.refuse(403, "too many"); },
       onReply(reply) { return reply.janus === "event" ? { ...reply, seen: true } : null; }`,
    ),
  });
  await using req = h.fixture.connect("REQ");
  const ask = async (
    verb: string,
    more: Json = {},
  ) => (req.send(request(verb, more)), await req.json());
  const session_id = (await ask("create")).data.id;
  const handle_id = (await ask("attach", { session_id, plugin: "janus.plugin.echotest" })).data.id;
  assertEquals(
    (await ask("message", { session_id, handle_id, body: { audio: true } })).janus,
    "ack",
  );
  assertEquals((await ask("poll", { session_id, maxev: 99 })).error.reason, "too many");
  const event = await ask("poll", { session_id });
  assertEquals([event.janus, event.seen], ["event", true]);
});

Deno.test("a hook that throws or hangs: requests are refused, replies pass; or all pass", async () => {
  const files = {
    "bad.ts": hook(
      "bad",
      `onRequest(request: any) {
        if (request.bad === 1) throw new Error("request");
        if (request.bad === 2) for (;;);
        return null;
      },
      onReply(reply: any) { if (reply.janus === "server_info") throw new Error("reply"); return null; }`,
    ),
  };
  for (const on_error of ["refuse", "pass"]) {
    await using h = await Hooked.start(files, { on_error, timeout: 300 });
    await using dealer = h.fixture.connect("DEALER");
    assertEquals((await h.fixture.ask(dealer, "ping")).janus, "pong");
    for (const bad of [1, 2]) {
      const reply = await h.fixture.ask(dealer, "info", { bad });
      if (on_error === "pass") assertEquals(reply.janus, "server_info");
      else assertMatch(reply.error.reason, /A hook could not tell/);
    }
    assertEquals((await h.fixture.ask(dealer, "info")).janus, "server_info");
    await h.line(
      /\[ERR\] \[janus\.transport\.zeromq\] Hook "bad": Error: request \(\/.*bad\.ts:3:\d+\)/,
    );
    await h.line(/Hook "bad" did not return within 300 ms \(hooks\.timeout\)/);
  }
});

Deno.test("a hook that can't be loaded refuses everything until it can; reload and configure", async () => {
  await using h = await Hooked.start({ "later.ts": "export default {" });
  await using dealer = h.fixture.connect("DEALER");
  assertMatch((await h.fixture.ask(dealer, "ping")).error.reason, /A hook could not tell/);
  await h.line(/\[ERR\].*later\.ts is not used, until its file changes: .*SyntaxError/);
  // It can be seen what is wrong, and switched off, over the Admin API all the same; nothing else.
  assertEquals((await h.info())[0]!.state, "failed");
  assertMatch((await h.fixture.admin("list_sessions")).error.reason, /A hook could not tell/);
  await Deno.writeTextFile(
    `${h.folder}/later.ts`,
    hook("later", `onReply: (reply) => ({ ...reply, later: true })`),
  );
  await h.line(/Reloaded: "later"/);
  assertEquals((await h.fixture.ask(dealer, "ping")).later, true);
  const change = { request: "configure", hooks: { later: false } };
  assertEquals((await h.fixture.query("transport", change)).result, 200);
  await h.fixture.waitFor("it to be off", async () => (await h.info())[0]!.state === "off");
  assertEquals((await h.fixture.ask(dealer, "ping")).later, undefined);
});

Deno.test("a client's last words are heard though it has gone", async () => {
  await using h = await Hooked.start({
    "slow.ts": hook(
      "slow",
      `async onRequest() { await new Promise((resolve) => setTimeout(resolve, 50)); }`,
    ),
  });
  const dealer = h.fixture.connect("DEALER");
  for (let n = 0; n < 5; n++) dealer.send(request("ping"));
  dealer.send(request("create"));
  await h.fixture.waitFor("them to be there", async () => (await h.fixture.counters()).peers === 1);
  await dealer.close();
  await h.fixture.waitFor("all of them", async () => (await h.fixture.counters()).peers === 0);
  assert((await h.fixture.counters()).received >= 6);
});

Deno.test("the examples of hooks work in the plugin", async () => {
  const folder = new URL("../../scripts/examples/hooks/", import.meta.url);
  const read = (name: string) => Deno.readTextFile(new URL(name, folder));
  await using h = await Hooked.start({
    "deny_recording.ts": await read("deny_recording.ts"),
    "name_handles.ts": await read("name_handles.ts"),
  });
  await using dealer = h.fixture.connect("DEALER", { identity: "ann" });
  const session_id = (await h.fixture.ask(dealer, "create")).data.id;
  const plugin = "janus.plugin.echotest";
  const handle_id = (await h.fixture.ask(dealer, "attach", { session_id, plugin })).data.id;
  const { info } = await h.fixture.admin("handle_info", { session_id, handle_id });
  assertEquals(info.opaque_id, "ann");
  const reply = await h.fixture.ask(dealer, "message", {
    session_id,
    handle_id,
    body: { record: true },
  });
  assertEquals(reply.error, { code: 403, reason: "Recording is not allowed here" });
});
