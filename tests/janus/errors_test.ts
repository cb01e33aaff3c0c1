/** Requests that cannot be served: too large, no JSON, no transaction; every one is answered. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { clientLibraries } from "./support/clients.ts";
import { request, sharedFixture } from "./support/fixture.ts";
import type { Json } from "./support/socket.ts";

const shared = sharedFixture({ admin: true });
/** The default of limits.max_message_size. */
const LIMIT = 1048576;

/** A request of exactly so many bytes. */
function requestOf(bytes: number): string {
  const bare = request("ping", { padding: "" });
  return bare.replace('""', `"${"x".repeat(bytes - bare.length)}"`);
}

/** An error, and that nothing else is in it. */
function assertError(reply: Json, code: number, reason: RegExp): void {
  assertEquals(Object.keys(reply), ["janus", "error"]);
  assertEquals([reply.janus, reply.error.code], ["error", code]);
  assertMatch(reply.error.reason, reason);
}

for (const { name, opener } of clientLibraries()) {
  Deno.test(`${name}: a request of limits.max_message_size is served, a larger one refused`, async () => {
    const { janus } = await shared();
    await using req = (await opener()).open({ type: "REQ", endpoint: janus.endpoints.api });
    for (const bytes of [LIMIT - 1, LIMIT]) {
      req.send(requestOf(bytes));
      assertEquals((await req.json()).janus, "pong");
    }
    const tooLong = requestOf(LIMIT + 1);
    req.send(tooLong);
    const { transaction, ...refusal } = await req.json();
    assertEquals(transaction, JSON.parse(tooLong).transaction);
    assertError(refusal, 490, /1048577 bytes .* limits\.max_message_size \(1048576\)/);
    req.send(request("ping"));
    assertEquals((await req.json()).janus, "pong");
  });

  Deno.test(`${name}: what is no request gets Janus's own error, on REQ as on DEALER`, async () => {
    const { janus } = await shared();
    const client = await opener();
    for (const type of ["REQ", "DEALER"] as const) {
      await using socket = client.open({ type, endpoint: janus.endpoints.api });
      for (const text of ["{", "", "nonsense", '{"janus":"ping"}}', '"text"']) {
        socket.send(text);
        assertError(await socket.json(), 454, /^Invalid Janus API request/);
      }
      for (const text of ["[1,2]", '{"janus":"ping"}', "{}"]) {
        socket.send(text);
        assertError(await socket.json(), 456, /transaction/);
      }
      socket.send(request("ping"));
      assertEquals((await socket.json()).janus, "pong");
      assertEquals(socket.waiting, 0);
    }
  });
}

Deno.test("the Admin API answers invalid JSON with 454 as well", async () => {
  const fixture = await shared();
  const admin = fixture.client.open({ type: "DEALER", endpoint: fixture.janus.endpoints.admin });
  admin.send("{");
  assertError(await admin.json(), 454, /^Invalid JSON/);
  admin.send("[1,2]");
  assertError(await admin.json(), 456, /transaction/);
  admin.send(request("ping"));
  assertEquals((await admin.json()).janus, "pong");
});

Deno.test("an error goes to the client that caused it, and to no other", async () => {
  const fixture = await shared();
  const [good, bad] = [fixture.connect("DEALER"), fixture.connect("DEALER")];
  for (let i = 0; i < 100; i++) {
    good.send(request("ping"));
    bad.send(i % 2 === 0 ? "{" : "[1,2]");
  }
  for (let i = 0; i < 100; i++) {
    assertEquals((await good.json()).janus, "pong");
    assertEquals((await bad.json()).error.code, i % 2 === 0 ? 454 : 456);
  }
  assertEquals([good.waiting, bad.waiting], [0, 0]);
});

Deno.test("bytes that are no text get an error, and a final NUL does no harm", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER");
  dealer.sendBytes(Uint8Array.of(0xff, 0xfe, 0x00));
  assertError(await dealer.json(), 454, /^Invalid Janus API request/);
  dealer.send(`${request("ping")}\0`);
  assertEquals((await dealer.json()).janus, "pong");
});

Deno.test("more frames than a request has get an error in the form of the request", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER");
  const refused = ({ transaction, ...refusal }: Json, text: string) => {
    assertEquals(transaction, JSON.parse(text).transaction);
    assertError(refusal, 454, /one frame/);
  };
  const ping = request("ping");
  dealer.send("", ping, "more");
  const [delimiter, text = ""] = await dealer.receive();
  assertEquals(delimiter, "");
  refused(JSON.parse(text), ping);
  // Too long for a routing id, as it comes through proxies.
  const long = request("ping", { padding: "x".repeat(300) });
  dealer.send(long, ping);
  refused(await dealer.json(), long);
  dealer.send("", long.slice(0, 20), long.slice(20));
  refused(JSON.parse((await dealer.receive())[1] ?? ""), long);
  assertEquals((await fixture.ask(dealer, "ping")).janus, "pong");
});

Deno.test("requests that the transport refuses are counted", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER");
  const before = (await fixture.query("transport", { request: "info" })).counters;
  dealer.send(requestOf(LIMIT + 1));
  assertStringIncludes((await dealer.json()).error.reason, "max_message_size");
  const after = (await fixture.query("transport", { request: "info" })).counters;
  assertEquals(after.errors - before.errors, 1);
  // The query itself is one; what was refused is not.
  assertEquals(after.received - before.received, 1);
});

Deno.test("a large reply arrives whole", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER");
  const transaction = "x".repeat(LIMIT - 100);
  dealer.send(JSON.stringify({ janus: "ping", transaction }));
  const reply = await dealer.json();
  assert(reply.transaction === transaction);
  assertEquals(fixture.complaints("ERR|WARN"), []);
});
