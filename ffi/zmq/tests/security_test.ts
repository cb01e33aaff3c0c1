import { assertEquals, assertInstanceOf } from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";
import { test } from "./helpers.ts";

interface ZapRequest {
  domain: string;
  address: string;
  mechanism: string;
  credentials: zmq.Message[];
}

interface ZapHandler extends AsyncDisposable {
  context: zmq.Context;
  requests: ZapRequest[];
}

/** Answers ZAP requests (https://rfc.zeromq.org/spec/27/) in a context of its own. */
async function zapHandler(decide: (request: ZapRequest) => string): Promise<ZapHandler> {
  const context = new zmq.Context({ blocky: false });
  const socket = new zmq.Reply({ context });
  await socket.bind("inproc://zeromq.zap.01");
  const requests: ZapRequest[] = [];
  const serving = (async () => {
    for await (const frames of socket) {
      const [version, id, domain, address, , mechanism, ...credentials] = frames;
      const request = {
        domain: String(domain),
        address: String(address),
        mechanism: String(mechanism),
        credentials,
      };
      requests.push(request);
      const status = decide(request);
      await socket.send([version!, id!, status, "", status === "200" ? "someone" : "", ""]);
    }
  })();
  return {
    context,
    requests,
    async [Symbol.asyncDispose]() {
      socket.close();
      await serving;
      await context.close();
    },
  };
}

/** What a client gets from an echo server: its message, or the failure that the server saw. */
async function attempt(
  context: zmq.Context,
  server: zmq.SocketOptions<zmq.Reply>,
  client: zmq.SocketOptions<zmq.Request>,
): Promise<string | zmq.Event> {
  await using reply = new zmq.Reply({ ...server, context, linger: 0 });
  await reply.bind("tcp://127.0.0.1:*");
  const failed = (async () => {
    for await (const event of reply.events) {
      if (event.type.startsWith("handshake:error")) return event;
    }
    throw new Error("no failure");
  })();
  failed.catch(() => {});
  const echo = (async () => {
    for await (const frames of reply) await reply.send(frames);
  })();
  await using request = new zmq.Request({ ...client, context, linger: 0 });
  request.connect(reply.lastEndpoint!);
  await request.send("secret");
  const answer = request.receive().then(([frame]) => String(frame));
  answer.catch(() => {});
  const result = await Promise.race([answer, failed]);
  request.close();
  reply.close();
  await echo;
  return result;
}

const server = zmq.curveKeyPair();
const client = zmq.curveKeyPair();
const curveServer = { curveServer: true, curveSecretKey: server.secretKey };
const curveClient = {
  curvePublicKey: client.publicKey,
  curveSecretKey: client.secretKey,
  curveServerKey: server.publicKey,
};

test("CURVE lets in who knows the server's key", async () => {
  await using context = new zmq.Context();
  assertEquals(await attempt(context, curveServer, curveClient), "secret");
  const wrong = { ...curveClient, curveServerKey: client.publicKey };
  const refused = await attempt(context, curveServer, wrong);
  assertEquals((refused as zmq.Event).type, "handshake:error:protocol");
});

test("CURVE with a ZAP handler lets in whom it knows", async () => {
  const options = { ...curveServer, zapDomain: "test", zapEnforceDomain: true };
  for (const status of ["200", "400"]) {
    await using handler = await zapHandler(() => status);
    const result = await attempt(handler.context, options, curveClient);
    const [request] = handler.requests;
    assertEquals([request!.domain, request!.address], ["test", "127.0.0.1"]);
    assertEquals(request!.mechanism, "CURVE");
    assertEquals(z85(request!.credentials[0]!), client.publicKey);
    if (status === "200") assertEquals(result, "secret");
    else {
      const event = result as zmq.AuthErrorEvent;
      assertEquals(event.type, "handshake:error:auth");
      assertInstanceOf(event.error, zmq.AuthError);
      assertEquals(event.error.status, 400);
    }
  }
});

/** Z85 of bytes, done here: a second opinion on what the library does. */
function z85(bytes: Uint8Array): string {
  const digits =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const value = view.getUint32(at);
    for (let power = 4; power >= 0; power--) text += digits[Math.floor(value / 85 ** power) % 85];
  }
  return text;
}

test("PLAIN passes names and passwords to a ZAP handler", async () => {
  await using handler = await zapHandler(({ mechanism, credentials }) =>
    mechanism === "PLAIN" && credentials.join(":") === "alice:wonder" ? "200" : "400"
  );
  const options = { plainServer: true, zapDomain: "plain" };
  const alice = { plainUsername: "alice", plainPassword: "wonder" };
  assertEquals(await attempt(handler.context, options, alice), "secret");
  const mallory = { ...alice, plainPassword: "guess" };
  const refused = await attempt(handler.context, options, mallory);
  assertEquals((refused as zmq.Event).type, "handshake:error:auth");
  assertEquals(handler.requests.length, 2);
});

test("NULL security asks a ZAP handler by address when there is a domain", async () => {
  await using handler = await zapHandler(() => "200");
  assertEquals(await attempt(handler.context, { zapDomain: "open" }, {}), "secret");
  assertEquals(handler.requests[0]!.mechanism, "NULL");
  assertEquals(await attempt(handler.context, {}, {}), "secret");
  assertEquals(handler.requests.length, 1);
});
