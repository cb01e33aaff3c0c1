import { sleep } from "../../../scripts/lib/waiting.ts";
import { Flag, Option, SocketType } from "../../../ffi/zmq/constants.ts";
import { Message, ThinContext, type ThinSocket } from "../../../ffi/zmq/thin.ts";
import {
  demonstrate,
  DemonstrationError,
  Stage,
} from "../../../scripts/demonstration/demonstration.ts";
import type { JsonObject } from "../../../scripts/demonstration/describe.ts";
import { JsonSocket } from "../../../scripts/demonstration/json_socket.ts";
import { paintNever } from "../../../scripts/lib/terminal.ts";
import { assertEquals, assertRejects } from "../../assert.ts";

type Answer = (request: JsonObject) => { replies: JsonObject[]; events: JsonObject[] };

/** What Janus answers to the demonstration, its replies in an order that Janus may choose. */
function answer(request: JsonObject): { replies: JsonObject[]; events: JsonObject[] } {
  const { janus, transaction } = request;
  const session_id = 7;
  const success = { janus: "success", transaction, data: { id: 7 } };
  switch (janus) {
    case "info":
      return {
        replies: [{ janus: "server_info", transaction, name: "x", version_string: "1" }],
        events: [],
      };
    case "create":
      return { replies: [success], events: [{ type: 1, session_id, event: { name: "created" } }] };
    case "attach":
      return { replies: [success], events: [{ type: 2, session_id, event: { name: "attached" } }] };
    case "message": {
      const plugindata = { plugin: "p", data: { echotest: "event", result: "ok" } };
      return {
        replies: [
          { janus: "event", transaction, plugindata },
          { janus: "ack", transaction, session_id },
        ],
        events: [],
      };
    }
  }
  return {
    replies: [{ janus: "detached", session_id }, success],
    events: [{ type: 1, session_id, event: { name: "destroyed" } }],
  };
}

/** Runs the demonstration against sockets that answer by `answers`; returns what was shown. */
async function perform(answers: Answer): Promise<string[]> {
  using context = new ThinContext();
  using router = context.socket(SocketType.ROUTER);
  using publisher = context.socket(SocketType.PUB);
  for (const socket of [router, publisher]) {
    socket.setInt(Option.LINGER, 0);
    socket.bind("tcp://127.0.0.1:*");
  }
  using req = new JsonSocket(context, "REQ", router.lastEndpoint());
  using dealer = new JsonSocket(context, "DEALER", router.lastEndpoint());
  using sub = new JsonSocket(context, "SUB", publisher.lastEndpoint());
  using message = new Message();
  const serving = setInterval(() => serve(router, publisher, message, answers), 2);
  try {
    await sleep(200);
    const shown: string[] = [];
    const stage = new Stage((line) => shown.push(line), paintNever);
    await demonstrate({ req, dealer, sub }, stage, 1_000);
    return shown.map((line) => line.replace(/^ *[\d.]+ s {2}/, "").replaceAll(/\s+/g, " ").trim());
  } finally {
    clearInterval(serving);
  }
}

function serve(router: ThinSocket, publisher: ThinSocket, message: Message, answers: Answer): void {
  const encoder = new TextEncoder();
  while (message.recv(router, Flag.DONTWAIT) >= 0) {
    const frames = [message.copy()];
    while (message.more()) {
      message.recv(router, Flag.DONTWAIT);
      frames.push(message.copy());
    }
    const request = JSON.parse(new TextDecoder().decode(frames.pop())) as JsonObject;
    const { replies, events } = answers(request);
    for (const reply of replies) {
      for (const frame of frames) router.send(frame, Flag.SNDMORE);
      router.send(encoder.encode(JSON.stringify(reply)), Flag.NONE);
    }
    for (const event of events) publisher.send(encoder.encode(JSON.stringify(event)), Flag.NONE);
  }
}

Deno.test("the demonstration shows requests, replies and events, whatever order they take", async () => {
  const shown = await perform(answer);
  assertEquals(shown.filter((line) => !line.startsWith("SUB")), [
    "REQ → Janus info",
    "REQ ← Janus server_info x 1",
    "DEALER → Janus create",
    "DEALER ← Janus success id 7",
    "DEALER → Janus attach janus.plugin.echotest",
    "DEALER ← Janus success id 7",
    'DEALER → Janus message {"audio":true,"video":true}',
    'DEALER ← Janus event p {"echotest":"event","result":"ok"}',
    "DEALER ← Janus ack session 7",
    "DEALER → Janus destroy",
    'DEALER ← Janus detached {"janus":"detached","session_id":7}',
    "DEALER ← Janus success id 7",
  ]);
  assertEquals(shown.filter((line) => line.startsWith("SUB")), [
    "SUB ← event session created session 7",
    "SUB ← event handle attached session 7",
    "SUB ← event session destroyed session 7",
  ]);
});

Deno.test("the demonstration fails when Janus refuses", async () => {
  const refuse: Answer = (request) =>
    request.janus === "attach"
      ? {
        replies: [{
          janus: "error",
          transaction: request.transaction,
          error: { code: 460, reason: "No such plugin" },
        }],
        events: [],
      }
      : answer(request);
  await assertRejects(() => perform(refuse), DemonstrationError, "No such plugin");
});

Deno.test("the demonstration fails when the echo test is not content", async () => {
  const refuse: Answer = (request) => {
    const { replies, events } = answer(request);
    const data = { error_code: 411, error: "Invalid element" };
    return {
      replies: replies.map((one) =>
        one.plugindata === undefined ? one : { ...one, plugindata: { plugin: "p", data } }
      ),
      events,
    };
  };
  await assertRejects(() => perform(refuse), DemonstrationError, "Invalid element");
});

Deno.test("the demonstration fails when an event doesn't come", async () => {
  const silent: Answer = (request) => ({ ...answer(request), events: [] });
  await assertRejects(() => perform(silent), DemonstrationError, "session created");
});

Deno.test("a line of Janus's log is shown without blanks behind it", () => {
  const shown: string[] = [];
  new Stage((line) => shown.push(line), paintNever).log("[ZeroMQ] it listens  ");
  assertEquals(shown[0]!.slice(-20), "[ZeroMQ] it listens".padStart(20));
});
