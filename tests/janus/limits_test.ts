/** What is refused, with which error, counted, and without touching anybody else. */
import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "../assert.ts";
import { clientLibraries } from "./support/clients.ts";
import { openEcho } from "./support/echo.ts";
import { type Fixture, request, sharedFixture, transaction } from "./support/fixture.ts";
import type { Json, TestSocket } from "./support/socket.ts";

const MAX_SIZE = 4096;
const MAX_PEERS = 4;
const MAX_IN_FLIGHT = 5;
const [RATE, BURST] = [4, 20];

const small = sharedFixture({
  admin: true,
  settings: {
    transport: {
      limits: {
        max_message_size: MAX_SIZE,
        max_peers: MAX_PEERS,
        max_in_flight: MAX_IN_FLIGHT,
      },
    },
  },
});

const slow = sharedFixture({
  admin: true,
  settings: { transport: { limits: { max_rate: RATE, max_burst: BURST } } },
});

/** How many errors the transport counts while something is done. */
async function errors(fixture: Fixture, act: () => Promise<void>): Promise<number> {
  const before = (await fixture.counters()).errors;
  await act();
  return (await fixture.counters()).errors - before;
}

/** Waits until all clients of earlier tests are gone. */
async function nobody(fixture: Fixture): Promise<void> {
  await fixture.waitFor("nobody to be left", async () => (await fixture.counters()).peers === 0);
}

/** A ping of so many bytes. */
function ping(size: number): string {
  const text = request("ping", { filler: "" });
  return text.replace('"filler":""', `"filler":"${"x".repeat(size - text.length)}"`);
}

function assertRefused(reply: Json, transaction: string | undefined, reason: string): void {
  assertEquals(reply, { janus: "error", transaction, error: { code: 490, reason } });
}

for (const { name, opener } of clientLibraries()) {
  for (const type of ["REQ", "DEALER"] as const) {
    Deno.test(`${name}: a larger request than max_message_size, over ${type}`, async () => {
      const fixture = await small();
      await nobody(fixture);
      const endpoint = fixture.janus.endpoints.api;
      await using socket = (await opener()).open({ type, endpoint });
      const count = await errors(fixture, async () => {
        for (const size of [MAX_SIZE, MAX_SIZE + 1, 60_000, MAX_SIZE]) {
          const text = ping(size);
          assertEquals(text.length, size);
          socket.send(text);
          const reply = await socket.json();
          const sent = JSON.parse(text).transaction;
          if (size <= MAX_SIZE) assertEquals([reply.janus, reply.transaction], ["pong", sent]);
          else {
            const limit = `limits.max_message_size (${MAX_SIZE})`;
            assertRefused(reply, sent, `The request of ${size} bytes is larger than ${limit}`);
          }
        }
      });
      assertEquals(count, 2);
    });
  }
}

Deno.test("a request far too large is refused as well; one beyond reason ends its connection", async () => {
  const fixture = await small();
  await nobody(fixture);
  await using socket = fixture.connect("DEALER");
  const size = 70_000;
  const text = ping(size);
  socket.send(text);
  const reason =
    `The request of ${size} bytes is larger than limits.max_message_size (${MAX_SIZE})`;
  assertRefused(await socket.json(), JSON.parse(text).transaction, reason);
  assertEquals((await fixture.ask(socket, "ping")).janus, "pong");
  socket.send(ping(10_000_000));
  await nobody(fixture);
  // libzmq connects it again.
  await fixture.waitFor("an answer", async () => {
    socket.send(request("ping"));
    return await socket.json(100).then(() => true, () => false);
  });
});

Deno.test("more clients than max_peers: told so, until there is a place", async () => {
  const fixture = await small();
  await nobody(fixture);
  await using leaving = new AsyncDisposableStack();
  const enter = () => leaving.use(fixture.connect("DEALER"));
  const inside = Array.from({ length: MAX_PEERS }, enter);
  await Promise.all(inside.map((socket) => fixture.ask(socket, "ping")));
  const refused = "Too many clients (limits.max_peers)";
  for (const type of ["REQ", "DEALER"] as const) {
    await using socket = fixture.connect(type);
    const count = await errors(fixture, async () => {
      for (let i = 0; i < 3; i++) {
        const text = request("create");
        socket.send(text);
        assertRefused(await socket.json(), JSON.parse(text).transaction, refused);
      }
      // Those who are inside, and the other API, notice nothing.
      for (const one of inside) assertEquals((await fixture.ask(one, "ping")).janus, "pong");
    });
    assertEquals(count, 3);
    assertEquals((await fixture.counters()).peers, MAX_PEERS);
    await inside.shift()?.close();
    await fixture.waitFor("a place", async () => (await fixture.counters()).peers < MAX_PEERS);
    assertEquals((await fixture.ask(socket, "ping")).janus, "pong");
    await socket.close();
    await fixture.waitFor("a place", async () => (await fixture.counters()).peers < MAX_PEERS);
    inside.push(enter());
    await fixture.ask(inside.at(-1)!, "ping");
  }
  assertEquals(await fixture.sessions(), []);
});

Deno.test("more requests under way than max_in_flight: those beyond are refused", async () => {
  const fixture = await small();
  await nobody(fixture);
  await using dealer = fixture.connect("DEALER");
  await using other = fixture.connect("DEALER");
  const { session_id } = await openEcho(fixture, dealer);
  const reason = `Too many requests under way (limits.max_in_flight = ${MAX_IN_FLIGHT})`;
  const count = await errors(fixture, async () => {
    // Polls are under way for as long as nothing happens.
    const polls = Array.from({ length: MAX_IN_FLIGHT }, transaction);
    for (const transaction of polls) {
      dealer.send(JSON.stringify({ janus: "poll", session_id, transaction }));
    }
    for (let i = 0; i < 3; i++) {
      const text = request("ping");
      dealer.send(text);
      assertRefused(await dealer.json(), JSON.parse(text).transaction, reason);
      assertEquals((await fixture.ask(other, "ping")).janus, "pong");
    }
    await fixture.ask(other, "destroy", { session_id });
    const ended = await takeAll(dealer, polls.length);
    assertEquals(ended.map(({ transaction }) => transaction).sort(), polls.sort());
    for (const { error } of ended) assertEquals(error.code, 458);
  });
  assertEquals(count, 3);
  // All of them have been answered: as many may be under way again.
  for (let i = 0; i < MAX_IN_FLIGHT * 3; i++) {
    assertEquals((await fixture.ask(dealer, "ping")).janus, "pong");
  }
});

async function takeAll(socket: TestSocket, count: number): Promise<Json[]> {
  const messages: Json[] = [];
  while (messages.length < count) messages.push(await socket.json());
  return messages;
}

Deno.test("requests faster than max_rate: those beyond the burst are refused", async () => {
  const fixture = await slow();
  await using dealer = fixture.connect("DEALER");
  await using other = fixture.connect("DEALER");
  let refused = 0;
  const count = await errors(fixture, async () => {
    const sent = Array.from({ length: BURST * 3 }, () => request("ping"));
    const begun = performance.now();
    for (const text of sent) dealer.send(text);
    const replies = await takeAll(dealer, sent.length);
    const seconds = (performance.now() - begun) / 1000;
    const errors = replies.filter(({ janus }) => janus === "error");
    refused = errors.length;
    const reason = `Too many requests a second (limits.max_rate = ${RATE})`;
    for (const reply of errors) assertRefused(reply, reply.transaction, reason);
    assertEquals(
      replies.map(({ transaction }) => transaction).sort(),
      sent.map((text) => JSON.parse(text).transaction).sort(),
    );
    const served = replies.length - refused;
    assertGreaterOrEqual(served, BURST);
    assertLessOrEqual(served, BURST + Math.ceil(seconds * RATE));
    // Each client has its own rate.
    for (let i = 0; i < BURST; i++) {
      assertEquals((await fixture.ask(other, "ping")).janus, "pong");
    }
  });
  assertEquals(count, refused);
});

Deno.test("a client that has asked too fast may ask again at the rate allowed", async () => {
  const fixture = await slow();
  await using dealer = fixture.connect("DEALER");
  for (let i = 0; i < BURST + 1; i++) dealer.send(request("ping"));
  await takeAll(dealer, BURST + 1);
  const begun = performance.now();
  let [served, asked] = [0, 0];
  while (served < 3) {
    served += (await fixture.ask(dealer, "ping")).janus === "pong" ? 1 : 0;
    asked++;
    assert(performance.now() - begun < 10_000, `${served} of ${asked} were served`);
  }
  const seconds = (performance.now() - begun) / 1000;
  assertGreaterOrEqual(seconds, (served - 1) / RATE);
});
