/** Requests and replies: REQ, DEALER, many clients, clients that others wrote. */
import { assert, assertEquals, assertNotEquals } from "../assert.ts";
import { clientLibraries } from "./support/clients.ts";
import { type Fixture, request, sharedFixture, transaction } from "./support/fixture.ts";
import type { Json, SocketOptions, TestSocket } from "./support/socket.ts";

const shared = sharedFixture({ admin: true });

function api(fixture: Fixture, type: "REQ" | "DEALER", more: Partial<SocketOptions> = {}) {
  return { type, endpoint: fixture.janus.endpoints.api, ...more } as const;
}

/** A session with an echo-test handle. */
async function echoTest(fixture: Fixture, dealer: TestSocket) {
  const session_id: number = (await fixture.ask(dealer, "create")).data.id;
  const plugin = "janus.plugin.echotest";
  const handle = await fixture.ask(dealer, "attach", { session_id, plugin });
  return { session_id, handle_id: handle.data.id as number };
}

for (const { name, opener } of clientLibraries()) {
  Deno.test(`${name}: REQ gets one reply per request, in its order`, async () => {
    const fixture = await shared();
    await using req = (await opener()).open(api(fixture, "REQ"));
    for (const verb of ["info", "ping", "nonsense", "ping"]) {
      const text = request(verb);
      req.send(text);
      const reply = await req.json();
      assertEquals(reply.transaction, JSON.parse(text).transaction);
      const kinds: Json = { info: "server_info", ping: "pong", nonsense: "error" };
      assertEquals(reply.janus, kinds[verb]);
    }
    assertEquals(req.waiting, 0);
  });

  Deno.test(`${name}: REQ gets the ack of a message, and never its event`, async () => {
    const fixture = await shared();
    await using req = (await opener()).open(api(fixture, "REQ"));
    const ids = await echoTest(fixture, req);
    for (let i = 0; i < 20; i++) {
      const reply = await fixture.ask(req, "message", { ...ids, body: { audio: true } });
      assertEquals(reply.janus, "ack");
    }
    const reply = await fixture.ask(req, "destroy", { session_id: ids.session_id });
    assertEquals(reply.janus, "success");
  });

  Deno.test(`${name}: REQ with CORRELATE and RELAXED may ask again unanswered`, async () => {
    const fixture = await shared();
    await using req = (await opener()).open(
      api(fixture, "REQ", { relaxed: true, correlate: true }),
    );
    const texts = Array.from({ length: 10 }, () => request("ping"));
    for (const text of texts) req.send(text);
    // The last request's is the reply that counts; those of earlier ones may be taken before.
    const last = JSON.parse(texts.at(-1) ?? "").transaction;
    await req.until((reply) => reply.transaction === last);
    const reply = await fixture.ask(req, "info");
    assertEquals(reply.janus, "server_info");
  });

  Deno.test(`${name}: DEALER is answered in the form that it used`, async () => {
    const fixture = await shared();
    await using dealer = (await opener()).open(api(fixture, "DEALER"));
    const plain = request("ping");
    dealer.send(plain);
    assertEquals((await dealer.receive()).length, 1);
    dealer.send("", request("ping"));
    const [delimiter, body = "", ...more] = await dealer.receive();
    assertEquals([delimiter, JSON.parse(body).janus, more], ["", "pong", []]);
    dealer.send(request("ping"));
    assertEquals((await dealer.receive()).length, 1);
  });

  for (const delimiter of [false, true]) {
    const form = delimiter ? "with" : "without";
    Deno.test(`${name}: DEALER ${form} delimiter gets replies and events of 500 requests`, async () => {
      const fixture = await shared();
      await using dealer = (await opener()).open(api(fixture, "DEALER"));
      const frames = (text: string) => delimiter ? ["", text] : [text];
      const take = async (): Promise<Json> => {
        const got = await dealer.receive();
        assertEquals(got.slice(0, -1), delimiter ? [""] : []);
        return JSON.parse(got.at(-1) ?? "");
      };
      const ask = async (verb: string, more: Json = {}) => {
        dealer.send(...frames(request(verb, more)));
        return await take();
      };
      const session_id = (await ask("create")).data.id;
      const attach = await ask("attach", { session_id, plugin: "janus.plugin.echotest" });
      const ids = { session_id, handle_id: attach.data.id };

      const pings = new Set<string>();
      const messages = new Map<string, Set<string>>();
      for (let i = 0; i < 500; i++) {
        const id = transaction();
        const message = i % 10 === 0;
        if (message) messages.set(id, new Set(["ack", "event"]));
        else pings.add(id);
        const what = message
          ? { janus: "message", ...ids, body: { audio: i % 20 === 0 } }
          : { janus: "ping" };
        dealer.send(...frames(JSON.stringify({ ...what, transaction: id })));
      }
      while (pings.size > 0 || messages.size > 0) {
        const { janus, transaction: id, session_id: session } = await take();
        if (janus === "pong") {
          assert(pings.delete(id), `a second reply to ${id}`);
          continue;
        }
        const missing = messages.get(id);
        assert(missing !== undefined && missing.delete(janus), `${janus} to ${id} came unasked`);
        if (missing.size === 0) messages.delete(id);
        assertEquals(session, session_id);
      }
      assertEquals((await ask("destroy", { session_id })).janus, "success");
    });
  }

  Deno.test(`${name}: two clients get their own replies and events alone`, async () => {
    const fixture = await shared();
    const client = await opener();
    await using one = client.open(api(fixture, "DEALER"));
    await using two = client.open(api(fixture, "DEALER"));
    const ids = [await echoTest(fixture, one), await echoTest(fixture, two)];
    assertNotEquals(ids[0]?.session_id, ids[1]?.session_id);
    const sockets = [one, two];
    // The same transactions on purpose: nothing but the connection tells them apart.
    for (let i = 0; i < 50; i++) {
      for (const [index, socket] of sockets.entries()) {
        const body = { audio: true };
        const message = { janus: "message", transaction: `same-${i}`, ...ids[index], body };
        socket.send(JSON.stringify(message));
      }
    }
    for (const [index, socket] of sockets.entries()) {
      const session = ids[index]?.session_id;
      for (let i = 0; i < 100; i++) {
        const message = await socket.json();
        assert(message.janus === "ack" || message.janus === "event", JSON.stringify(message));
        assertEquals(message.session_id, session);
      }
      const reply = await fixture.ask(socket, "destroy", { session_id: session });
      assertEquals(reply.janus, "success");
      assertEquals(socket.waiting, 0);
    }
  });

  Deno.test(`${name}: a session id above 2^53 comes back to the last digit`, async () => {
    const fixture = await shared();
    await using dealer = (await opener()).open(api(fixture, "DEALER"));
    await using sub = await fixture.subscribe();
    const id = "9007199254740993";
    dealer.send(`{"janus":"create","transaction":"big","id":${id}}`);
    assertEquals(
      await dealer.text(),
      `{"janus":"success","transaction":"big","data":{"id":${id}}}`,
    );
    dealer.send(`{"janus":"keepalive","transaction":"big","session_id":${id}}`);
    assertEquals(
      await dealer.text(),
      `{"janus":"ack","session_id":${id},"transaction":"big"}`,
    );
    dealer.send(`{"janus":"destroy","transaction":"big","session_id":${id}}`);
    assertEquals(
      await dealer.text(),
      `{"janus":"success","session_id":${id},"transaction":"big"}`,
    );
    for (const expected of ["created", "destroyed"]) {
      let text: string;
      // Those of other tests' sessions may still come.
      do text = await sub.text(); while (!text.includes(`"session_id":${id},`));
      assertEquals(JSON.parse(text).event.name, expected);
    }
  });
}

Deno.test("a DEALER may go on between its requests' replies as fast as it likes", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER");
  const count = 5000;
  for (let i = 0; i < count; i++) dealer.send(`{"janus":"ping","transaction":"${i}"}`);
  // One thread of Janus's answers pings: they keep their order.
  for (let i = 0; i < count; i++) assertEquals((await dealer.json()).transaction, `${i}`);
});

Deno.test("requests that come through proxies are answered along the same way", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER");
  dealer.send("inner one", "", request("ping"));
  dealer.send("inner two", "", request("ping"));
  assertEquals((await dealer.receive()).slice(0, 2), ["inner one", ""]);
  assertEquals((await dealer.receive()).slice(0, 2), ["inner two", ""]);
  dealer.send("inner three", request("ping"));
  const [hop, text = "", ...more] = await dealer.receive();
  assertEquals([hop, JSON.parse(text).janus, more], ["inner three", "pong", []]);
});
