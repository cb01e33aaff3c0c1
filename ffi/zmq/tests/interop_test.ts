/** Against others' bindings: Debian's python3-zmq, and npm's zeromq on Node. */
import { assertEquals } from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";
import { npmZeromq, run, test } from "./helpers.ts";

interface Language {
  name: string;
  /** Runs a program that is given the addresses as arguments. */
  run(program: string, ...addresses: string[]): ReturnType<typeof run>;
  /** Sends requests, prints the replies. */
  request: string;
  /** Answers two requests. */
  reply: string;
  /** Two frames over PUSH after a message over PULL. */
  pipeline: string;
  /** Publishes until it receives an answer. */
  publish: string;
  /** A CURVE client: address, server key. */
  curve: string;
}

const PYTHON: Language = {
  name: "python3-zmq",
  run: (program, ...addresses) =>
    run("/usr/bin/python3", [
      "-c",
      `import sys, zmq\ncontext = zmq.Context()\ndef socket(type, at, **options):
    s = context.socket(type); s.linger = 2000; s.rcvtimeo = 8000
    for name, value in options.items(): setattr(s, name, value)
    s.connect(at); return s\na = sys.argv[1:]\n${program}`,
      ...addresses,
    ]),
  request: `s = socket(zmq.REQ, a[0])
for text in ["one", "zwölf"]:
    s.send_string(text); print(s.recv_string())`,
  reply: `s = socket(zmq.REP, a[0])
for _ in range(2): s.send_multipart([b"re", *s.recv_multipart()])`,
  pipeline: `r = socket(zmq.PULL, a[0]); s = socket(zmq.PUSH, a[1])
print(len(r.recv())); s.send_multipart([b"", bytes(range(256))])`,
  publish: `p = socket(zmq.PUB, a[0]); s = socket(zmq.PULL, a[1]); s.rcvtimeo = 10
for _ in range(500):
    p.send_multipart([b"topic", b"news"])
    try: print(s.recv_string()); break
    except zmq.Again: pass`,
  curve: `k = zmq.curve_keypair()
s = socket(zmq.REQ, a[0], curve_publickey=k[0], curve_secretkey=k[1], curve_serverkey=a[1].encode())
s.send_string("secret"); print(s.recv_string())`,
};

const NODE: Language = {
  name: "npm's zeromq on Node",
  run: async (program, ...addresses) => {
    const source = `import * as zmq from "zeromq";
      const a = process.argv.slice(1);
      function socket(type, at, options) {
        const s = new zmq[type](options); s.linger = 2000; s.connect(at); return s;
      }
      ${program}`;
    const args = ["--input-type=module", "-e", source, "--", ...addresses];
    return await run("node", args, { cwd: await npmZeromq() });
  },
  request: `const s = socket("Request", a[0]);
    for (const text of ["one", "zwölf"]) {
      await s.send(text); console.log(String(await s.receive()));
    }`,
  reply: `const s = socket("Reply", a[0]);
    for (let n = 0; n < 2; n++) await s.send(["re", ...await s.receive()]);`,
  pipeline: `const r = socket("Pull", a[0]), s = socket("Push", a[1]);
    console.log((await r.receive())[0].length);
    await s.send([null, Buffer.from(Array.from({ length: 256 }, (_, n) => n))]);`,
  publish: `const p = socket("Publisher", a[0]), s = socket("Pull", a[1], { receiveTimeout: 10 });
    for (let n = 0; n < 500; n++) {
      await p.send(["topic", "news"]);
      try { console.log(String(await s.receive())); break; } catch { /* not yet */ }
    }`,
  curve: `const { publicKey, secretKey } = zmq.curveKeyPair();
    const s = socket("Request", a[0], {
      curvePublicKey: publicKey, curveSecretKey: secretKey, curveServerKey: a[1],
    });
    await s.send("secret"); console.log(String(await s.receive()));`,
};

async function bound<S extends zmq.Socket>(socket: S): Promise<S> {
  await socket.bind("tcp://127.0.0.1:*");
  return socket;
}

for (const language of [PYTHON, NODE]) {
  test(`Reply answers ${language.name}`, async () => {
    await using reply = await bound(new zmq.Reply());
    const client = language.run(language.request, reply.lastEndpoint!);
    for (let n = 0; n < 2; n++) await reply.send(`re: ${(await reply.receive())[0]}`);
    const { stdout, stderr } = await client;
    assertEquals(stdout, "re: one\nre: zwölf\n", stderr);
  }, 150_000);

  test(`Request asks ${language.name}`, async () => {
    await using request = await bound(new zmq.Request());
    const server = language.run(language.reply, request.lastEndpoint!);
    for (const text of ["one", "zwölf"]) {
      await request.send(text);
      assertEquals((await request.receive()).map(String), ["re", text]);
    }
    assertEquals((await server).code, 0);
  }, 150_000);

  test(`Push and Pull exchange bytes with ${language.name}`, async () => {
    await using push = await bound(new zmq.Push());
    await using pull = await bound(new zmq.Pull());
    const other = language.run(language.pipeline, push.lastEndpoint!, pull.lastEndpoint!);
    await push.send(new Uint8Array(1_000_000));
    const frames = await pull.receive();
    assertEquals(frames.map((frame) => frame.length), [0, 256]);
    assertEquals([...frames[1]!], Array.from({ length: 256 }, (_, n) => n));
    assertEquals((await other).stdout, "1000000\n");
  }, 150_000);

  test(`Subscriber hears ${language.name}`, async () => {
    await using subscriber = await bound(new zmq.Subscriber());
    await using push = await bound(new zmq.Push());
    subscriber.subscribe("top");
    const other = language.run(language.publish, subscriber.lastEndpoint!, push.lastEndpoint!);
    assertEquals((await subscriber.receive()).map(String), ["topic", "news"]);
    await push.send("heard");
    const { stdout, stderr } = await other;
    assertEquals(stdout, "heard\n", stderr);
  }, 150_000);

  test(`CURVE works with ${language.name}`, async () => {
    const { publicKey, secretKey } = zmq.curveKeyPair();
    await using reply = await bound(
      new zmq.Reply({ curveServer: true, curveSecretKey: secretKey }),
    );
    const client = language.run(language.curve, reply.lastEndpoint!, publicKey);
    await reply.send(await reply.receive());
    const { stdout, stderr } = await client;
    assertEquals(stdout, "secret\n", stderr);
  }, 150_000);
}
