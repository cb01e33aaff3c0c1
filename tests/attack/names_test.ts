/** Clients with names, and others that use their routing ids. */
import { setTimeout as sleep } from "node:timers/promises";
import { Option } from "../../ffi/zmq/constants.ts";
import type { ThinSocket } from "../../ffi/zmq/thin.ts";
import { makeUserLine } from "../../plugins/host/security/passwords.ts";
import { makeKeyPair } from "../../scripts/keygen.ts";
import { assert, assertEquals, assertLess, assertMatch } from "../assert.ts";
import { openEcho, triggerEvent } from "../janus/support/echo.ts";
import { Fixture, request } from "../janus/support/fixture.ts";
import { Proxy } from "../janus/support/proxy.ts";
import type { Json, TestSocket } from "../janus/support/socket.ts";
import { curveClient, plainClient } from "../plugins/host/security/support.ts";

const NAMES = ["ann", "bob", "carl"] as const;
type Name = (typeof NAMES)[number];
const SERVER = makeKeyPair();
const KEYS = new Map(NAMES.map((name) => [name, makeKeyPair()] as const));
/** Puts the mode right that key files must have: the configuration's folder is its third word. */
const PROTECT_KEY = ["sh", "-c", 'chmod 600 "$3/server.key"; exec "$@"', "sh"];

interface Mechanism {
  readonly security: Json;
  readonly files: Record<string, string>;
  readonly wrapper?: readonly string[];
  prove(name: Name): (socket: ThinSocket) => void;
}

async function mechanisms(): Promise<Record<string, Mechanism>> {
  const clients = NAMES.map((name) => `${KEYS.get(name)!.public_key} ${name}\n`).join("");
  const password = new TextEncoder().encode("sesame");
  const users = await Promise.all(NAMES.map((name) => makeUserLine(name, password)));
  return {
    CURVE: {
      security: { mechanism: "curve", secret_key: "server.key", clients: "clients" },
      files: { "server.key": `${SERVER.secret_key}\n`, clients },
      wrapper: PROTECT_KEY,
      prove: (name) => {
        const { public_key, secret_key } = KEYS.get(name)!;
        return curveClient({ public: public_key, secret: secret_key }, SERVER.public_key);
      },
    },
    PLAIN: {
      security: { mechanism: "plain", users: "users" },
      files: { users: users.join("\n") },
      prove: (name) => plainClient(name, "sesame"),
    },
  };
}

/** A Janus whose clients have names. */
class Named implements AsyncDisposable {
  readonly fixture: Fixture;
  readonly #mechanism: Mechanism;

  private constructor(fixture: Fixture, mechanism: Mechanism) {
    this.fixture = fixture;
    this.#mechanism = mechanism;
  }

  static async start(
    name: string,
    more: { security?: Json; janus?: Json; peers?: Json } = {},
  ): Promise<Named> {
    const mechanism = (await mechanisms())[name]!;
    const { files, wrapper = [] } = mechanism;
    const security = { ...mechanism.security, ...more.security };
    const peers = { ...more.peers };
    const settings = { transport: { security, peers }, janus: { general: { ...more.janus } } };
    const fixture = await Fixture.start({ admin: true, settings, files, wrapper });
    return new Named(fixture, mechanism);
  }

  open(name: Name, identity?: string, endpoint = this.fixture.janus.endpoints.api) {
    const prove = this.#mechanism.prove(name);
    return this.fixture.client.open({
      type: "DEALER",
      endpoint,
      ...(identity === undefined ? {} : { identity }),
      prepare: (socket) => {
        prove(socket);
        // What clients can do for themselves where somebody may have taken their place.
        socket.setInt(Option.HEARTBEAT_IVL, 300);
        socket.setInt(Option.HEARTBEAT_TIMEOUT, 900);
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
  }
}

/** Asks again and again until it is answered, and says what with; events are left alone. */
async function insist(socket: TestSocket, text: string, events: Json[] = []): Promise<Json> {
  const { transaction } = JSON.parse(text);
  for (let tries = 0; tries < 20; tries++) {
    socket.send(text);
    for (const end = Date.now() + 500; Date.now() < end; await sleep(5)) {
      if (socket.waiting === 0) continue;
      const message = await socket.json();
      if (message.transaction === transaction) return message;
      events.push(message);
    }
  }
  throw new Error(`No answer to ${text}`);
}

for (const mechanism of ["CURVE", "PLAIN"]) {
  Deno.test(`${mechanism}: a client is served at once though its old connection seems alive`, async () => {
    await using named = await Named.start(mechanism);
    const { fixture } = named;
    await using proxy = new Proxy(fixture.janus.endpoints.api);
    await using before = named.open("ann", "agent", proxy.endpoint);
    const echo = await openEcho(fixture, before);
    await using neighbour = named.open("carl");
    await fixture.ask(neighbour, "ping");
    proxy.cut();
    const begun = performance.now();
    await using after = named.open("ann", "agent");
    const reply = await fixture.ask(after, "keepalive", { session_id: echo.session_id });
    assertEquals(reply.janus, "ack");
    assertLess(performance.now() - begun, 1000);
    const transaction = await triggerEvent(neighbour, echo);
    assertEquals((await after.json()).transaction, transaction);
    assertEquals(
      fixture.complaints("ERR|WARN", "transport").filter((l) => /routing id/.test(l)),
      [],
    );
  });

  Deno.test(`${mechanism}: the routing id of a client that is away is kept for its name`, async () => {
    await using named = await Named.start(mechanism, { peers: { linger: 20 } });
    const { fixture } = named;
    const before = named.open("ann", "agent");
    const session_id = (await fixture.ask(before, "create")).data.id;
    await before.close();
    await sleep(300);
    await using bob = named.open("bob", "agent");
    assertEquals((await insist(bob, request("ping"))).error.code, 490);
    assertEquals(await fixture.sessions(), [session_id]);
    await using after = named.open("ann", "agent");
    assertEquals((await insist(after, request("keepalive", { session_id }))).janus, "ack");
    assertEquals(bob.waiting, 0);
  });

  Deno.test(`${mechanism}: who uses another one's routing id gets errors, and that one is served`, async () => {
    await using named = await Named.start(mechanism);
    const { fixture } = named;
    await using ann = named.open("ann", "agent");
    const echo = await openEcho(fixture, ann);
    await using bob = named.open("bob", "agent");
    for (let i = 0; i < 5; i++) {
      const text = request("keepalive", { session_id: echo.session_id });
      bob.send(text);
      const { janus, transaction, error } = await bob.json();
      assertEquals([janus, transaction, error.code], ["error", JSON.parse(text).transaction, 490]);
      assertMatch(error.reason, /routing id/);
    }
    const said = fixture.complaints("WARN", "transport").filter((line) => /routing id/.test(line));
    assertEquals(said.length, 1);
    assertMatch(said[0]!, /"bob" .* agent of "ann"/);
    const kept = await insist(ann, request("keepalive", { session_id: echo.session_id }));
    assertEquals(kept.janus, "ack");
    await using carl = named.open("carl");
    const transaction = await triggerEvent(carl, echo);
    assertEquals((await ann.json()).transaction, transaction);
    assertEquals([await fixture.sessions(), bob.waiting], [[echo.session_id], 0]);
    // Once the owner has left, the id is anybody's.
    await ann.close();
    await fixture.sessionGone(echo.session_id);
    assertEquals((await insist(bob, request("ping"))).janus, "pong");
  });

  Deno.test(`${mechanism}: who takes a routing id without a word gets nothing of its owner's`, async () => {
    await using named = await Named.start(mechanism);
    const { fixture } = named;
    await using ann = named.open("ann", "agent");
    await using carl = named.open("carl");
    await fixture.ask(carl, "ping");
    const echo = await openEcho(fixture, ann);
    await using bob = named.open("bob", "agent");
    await sleep(300);
    const transactions: string[] = [];
    for (let i = 0; i < 5; i++) {
      transactions.push(await triggerEvent(carl, echo));
      await sleep(500);
    }
    assertEquals(bob.waiting, 0);
    await bob.close();
    const events: Json[] = [];
    const kept = await insist(ann, request("keepalive", { session_id: echo.session_id }), events);
    assertEquals(kept.janus, "ack");
    while (events.length < transactions.length) events.push(await ann.json());
    assertEquals(events.map(({ transaction }) => transaction).sort(), transactions.sort());
    assert(events.every(({ janus }) => janus === "event"));
  });
}

Deno.test("bind_sessions: nobody claims a session but the name that owns it", async () => {
  await using named = await Named.start("CURVE", {
    security: { bind_sessions: true },
    janus: { reclaim_session_timeout: 20 },
  });
  const { fixture } = named;
  const ann = named.open("ann");
  const { data: { id: session_id } } = await fixture.ask(ann, "create");
  await using bob = named.open("bob");
  const claimed = async () => (await fixture.ask(bob, "claim", { session_id })).error?.code;
  assertEquals(await claimed(), 458);
  await using again = named.open("ann");
  assertEquals((await fixture.ask(again, "claim", { session_id })).janus, "success");
  assertEquals(await claimed(), 458);
  // Janus keeps it for who has lost its connection.
  await again.close();
  await ann.close();
  await fixture.waitFor("ann to be gone", async () => (await fixture.connections()).length === 1);
  assertEquals(await claimed(), 458);
  await using back = named.open("ann");
  assertEquals((await fixture.ask(back, "claim", { session_id })).janus, "success");
  assertEquals((await fixture.ask(back, "keepalive", { session_id })).janus, "ack");
  assertEquals((await fixture.ask(bob, "keepalive", { session_id })).error?.code, 458);
});
