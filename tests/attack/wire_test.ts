/** What reaches the transport from whoever can open a TCP connection. */
import { assert, assertEquals, assertLess, assertMatch } from "../assert.ts";
import { type Fixture, request, sharedFixture } from "../janus/support/fixture.ts";

const MAX_PEERS = 50;
const EACH = 20;
const BURST = 10;

const small = sharedFixture({
  admin: true,
  settings: { transport: { limits: { max_peers: MAX_PEERS } } },
});
const strict = sharedFixture({
  admin: true,
  settings: { transport: { limits: { max_peers_each: EACH, max_rate: 1, max_burst: BURST } } },
});
const roomy = sharedFixture({ admin: true });

/** Sends bytes on a connection of their own, waits until they are taken, and leaves. */
async function throwAt(fixture: Fixture, bytes: Uint8Array): Promise<void> {
  const { hostname, port } = new URL(fixture.janus.endpoints.api.replace("tcp:", "http:"));
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(bytes);
  await connection.read(new Uint8Array(64)).catch(() => {});
}

/** A greeting, an identity and a message, as peers of before ZMTP 3 send them. */
const OLD: Record<string, Uint8Array> = {
  "ZMTP 1.0": Uint8Array.of(1, 0, 3, 0, 0x7b, 0x7d),
  "ZMTP 2.0": Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 5, 0, 0, 0, 2, 0x7b, 0x7d),
};

for (const [name, bytes] of Object.entries(OLD)) {
  Deno.test(`${name}: connections leave no peers, however many there were`, async () => {
    const fixture = await small();
    await using staying = fixture.connect("DEALER");
    await fixture.ask(staying, "ping");
    for (let i = 0; i < MAX_PEERS * 3; i++) await throwAt(fixture, bytes);
    await using newcomer = fixture.connect("REQ");
    newcomer.send(request("ping"));
    assertEquals((await newcomer.json()).janus, "pong");
    assertEquals((await fixture.ask(staying, "ping")).janus, "pong");
    const counters = await fixture.counters();
    assertEquals(counters.peers, 2);
    assert(counters.errors > 0);
    const said = fixture.complaints("WARN", "transport").filter((line) => /ZMTP 1\.0/.test(line));
    assertEquals(said.length, 1); // of all of them together
  });
}

Deno.test("garbage leaves no peers", async () => {
  const fixture = await small();
  for (let i = 0; i < MAX_PEERS * 4; i++) {
    const bytes = crypto.getRandomValues(new Uint8Array(64));
    // What libzmq takes for a short identity, and then for messages.
    if (i % 2 === 0) bytes.set([1 + i % 8, 0]);
    await throwAt(fixture, bytes);
  }
  await using newcomer = fixture.connect("DEALER");
  assertEquals((await fixture.ask(newcomer, "ping")).janus, "pong");
  await fixture.waitFor("nobody else", async () => (await fixture.counters()).peers === 1);
});

Deno.test("made-up hops get round no limit, and take no place of others'", async () => {
  const fixture = await strict();
  const dealer = fixture.connect("DEALER");
  const count = EACH * 5;
  for (let i = 0; i < count; i++) dealer.send(`hop ${i}`, "", request("ping"));
  const verdicts = [];
  for (let i = 0; i < count; i++) verdicts.push(await dealer.json());
  const served = verdicts.filter(({ janus }) => janus === "pong").length;
  assert(served >= BURST && served <= BURST + 5, `${served} were served`);
  const reasons = verdicts.flatMap(({ error }) => error === undefined ? [] : [error.reason]);
  assert(reasons.some((text) => /limits\.max_peers_each = 20/.test(text)), reasons.join("\n"));
  assert(reasons.some((text) => /limits\.max_rate/.test(text)), reasons.join("\n"));
  assertEquals((await fixture.counters()).peers, EACH);
  await using other = fixture.connect("DEALER");
  assertEquals((await fixture.ask(other, "ping")).janus, "pong");
  await dealer.close();
  await fixture.waitFor("its peers to go", async () => (await fixture.counters()).peers === 1);
});

Deno.test("a proxy with many clients behind it is served", async () => {
  const fixture = await roomy();
  const script = `
import sys, threading, zmq, json
ctx = zmq.Context(); front = ctx.socket(zmq.ROUTER); back = ctx.socket(zmq.DEALER)
port = front.bind_to_random_port("tcp://127.0.0.1"); back.connect(sys.argv[1])
threading.Thread(target=lambda: zmq.proxy(front, back), daemon=True).start()
clients = []
for i in range(200):
    s = ctx.socket(zmq.REQ if i % 2 else zmq.DEALER); s.rcvtimeo = 8000; s.linger = 0
    s.connect("tcp://127.0.0.1:%d" % port); clients.append(s)
for turn in range(3):
    for i, s in enumerate(clients):
        s.send(json.dumps(dict(janus="ping", transaction="%d-%d" % (turn, i))).encode())
    for i, s in enumerate(clients):
        assert json.loads(s.recv()) == dict(janus="pong", transaction="%d-%d" % (turn, i))
import os; print("served", flush=True); os._exit(0)
`;
  const { stdout, stderr } = await new Deno.Command("/usr/bin/python3", {
    args: ["-c", script, fixture.janus.endpoints.api],
  }).output();
  assertMatch(new TextDecoder().decode(stdout), /^served/, new TextDecoder().decode(stderr));
  await fixture.waitFor("all to go", async () => (await fixture.counters()).peers === 0);
});

Deno.test("two clients under one routing id do not end the process", async () => {
  const fixture = await roomy();
  const pid = fixture.pid("transport");
  const script = `
import sys, time, zmq
ctx = zmq.Context()
def client():
    s = ctx.socket(zmq.DEALER); s.linger = 0; s.routing_id = b"me"; s.rcvtimeo = 3000
    s.connect(sys.argv[1]); s.send(b'{"janus":"ping"}'); s.recv(); return s
first = client(); second = client()
first.send(b'{"janus":"ping"}'); time.sleep(0.3); first.close(); time.sleep(7); second.close()
`;
  const begun = performance.now();
  const { success, stderr } = await new Deno.Command("/usr/bin/python3", {
    args: ["-c", script, fixture.janus.endpoints.api],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  assertLess(performance.now() - begun, 20_000);
  await using other = fixture.connect("DEALER");
  assertEquals((await fixture.ask(other, "ping")).janus, "pong");
  assertEquals(fixture.pid("transport"), pid);
});

Deno.test("nobody can tell which routing ids libzmq will make up", async () => {
  const fixture = await roomy();
  const made = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const since = fixture.janus.log.count;
    Deno.kill(fixture.pid("transport"), "SIGKILL");
    await fixture.ready("transport", since);
    // The first after a start, which was the same each time.
    await using client = fixture.connect("DEALER");
    await fixture.ask(client, "ping");
    made.add((await fixture.connections())[0]!.identity);
  }
  assertEquals(made.size, 3, [...made].join());
});

Deno.test("connections that libzmq leaves behind do not pile up", async () => {
  const fixture = await roomy();
  const since = fixture.janus.log.count;
  await using staying = fixture.connect("DEALER", { identity: "staying" });
  const { data: { id: session_id } } = await fixture.ask(staying, "create");
  // One whose routing id is taken, that says something more, and leaves.
  const script = `
import socket, struct, sys, time
GREETING = b"\\xff" + bytes(8) + b"\\x7f\\x03\\0NULL" + bytes(48)
def prop(name, value): return bytes([len(name)]) + name + struct.pack(">I", len(value)) + value
READY = b"\\x05READY" + prop(b"Socket-Type", b"DEALER") + prop(b"Identity", b"X")
def client():
    c = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); c.settimeout(5)
    c.sendall(GREETING + bytes([4, len(READY)]) + READY); got = 0
    while got < 100:
        some = c.recv(200)
        if not some: sys.exit()  # a new process has begun
        got += len(some)
    return c
for i in range(900):
    first = client(); second = client(); time.sleep(0.002)
    first.sendall(b"\\0\\2{}"); time.sleep(0.001); first.shutdown(socket.SHUT_WR); first.settimeout(0.01)
    try:
        while first.recv(100): pass
    except OSError: pass
    first.close(); second.close()
`;
  const attack = new Deno.Command("/usr/bin/python3", {
    args: ["-c", script, new URL(fixture.janus.endpoints.api.replace("tcp:", "http:")).port],
    stderr: "null",
  }).spawn();
  await fixture.janus.waitForLog(/connections are left over/, 40_000, since);
  await fixture.ready("transport", since);
  await attack.status; // which the start has cut off, or not
  const left = await Array.fromAsync(Deno.readDir(`/proc/${fixture.pid("transport")}/fd`));
  assertLess(left.length, 900);
  staying.send(request("keepalive", { session_id }));
  assertEquals((await staying.json()).janus, "ack");
});
