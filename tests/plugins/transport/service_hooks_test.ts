/** Requests and replies on their ways through hooks. */
import { Option, SocketType } from "../../../ffi/zmq/constants.ts";
import { openLibrary } from "../../../ffi/zmq/thin.ts";
import type { HookResult } from "../../../plugins/transport/hooking.ts";
import { assert, assertEquals } from "../../assert.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { FakeHooks } from "./fake_hooks.ts";
import { frames, sendFrames, takeFrames } from "./sockets.ts";
import { type HarnessOptions, TransportHarness } from "./transport_harness.ts";

openLibrary();
const janus = new JanusLibrary();
const { DEALER, REQ } = SocketType;

/** A harness, and its hooks. */
function harness(options: HarnessOptions = {}) {
  const hooks = new FakeHooks();
  return { hooks, h: new TransportHarness(janus, { ...options, hooks }) };
}

function changed(text: string): HookResult {
  return { became: "changed", text: new TextEncoder().encode(text) };
}

Deno.test("requests go on as hooks leave them, or are refused with what they repeat", () => {
  const { h, hooks } = harness();
  using _ = h;
  hooks.done = true;
  const results: Record<string, HookResult> = {
    pass: { became: "unchanged" },
    change: changed('{"janus":"changed"}'),
    refuse: { became: "refused", code: 403, reason: "no" },
    invalid: { became: "invalid" },
    fail: { became: "failed" },
    grow: changed("x".repeat(h.link.longest + 1)),
  };
  hooks.judge = (text, { reply }) =>
    reply ? { became: "unchanged" } : results[JSON.parse(text).is]!;
  const client = h.client(DEALER);
  const ask = (is: string) => {
    sendFrames(client, frames(`{"is":"${is}","transaction":"t"}`));
    return h.receive(client)[0]!;
  };
  assertEquals(ask("pass"), 're: {"is":"pass","transaction":"t"}');
  assertEquals(ask("change"), 're: {"janus":"changed"}');
  for (const [is, code] of [["refuse", 403], ["invalid", 454], ["fail", 490], ["grow", 490]]) {
    const { transaction, error } = JSON.parse(ask(`${is}`));
    assertEquals([transaction, error.code], ["t", code]);
  }
  assertEquals([h.counter("received"), h.counter("errors")], [2, 4]);
});

Deno.test("replies and events go on as hooks leave them, in Janus's order", () => {
  const { h, hooks } = harness();
  using _ = h;
  hooks.done = true;
  hooks.judge = (text, { reply }) => reply ? changed(`${text}!`) : { became: "unchanged" };
  const client = h.client(DEALER);
  sendFrames(client, frames('{"a":1}'));
  assertEquals(h.receive(client), ['re: {"a":1}!']);
  hooks.done = false;
  for (let i = 0; i < 3; i++) h.push(h.newest.id, `${i}`);
  h.runFor(20);
  assert(!h.service.ready);
  assertEquals(takeFrames(client), null);
  hooks.done = true;
  for (let i = 0; i < 3; i++) assertEquals(h.receive(client), [`${i}!`]);
  assert(h.service.ready);
});

Deno.test("a hook may make a poll of a request, and sees no answer to a poll's question", () => {
  const { h, hooks } = harness();
  using _ = h;
  hooks.done = true;
  const replies: string[] = [];
  hooks.judge = (text, { reply }) => {
    if (reply) replies.push(text);
    return reply ? { became: "unchanged" } : changed('{"janus":"poll","session_id":5}');
  };
  h.answer = ({ text }) => text.includes("keepalive") ? '{"janus":"ack"}' : null;
  const client = h.client(REQ);
  sendFrames(client, frames('{"janus":"x"}'));
  h.until(() => h.counter("received") === 1, "the question");
  h.until(() => h.end.upUsed === 0 && h.end.downUsed === 0, "Janus's answer");
  h.service.tick(Date.now() + 30_000);
  assertEquals(h.receive(client), ['{"janus":"keepalive"}']);
  assertEquals(replies, []);
});

Deno.test("who leaves is gone once hooks have seen its last words, and not if it is back by then", () => {
  const { h, hooks } = harness();
  using _ = h;
  const seen: string[] = [];
  h.answer = ({ text }) => (seen.push(text), null);
  const client = h.client(DEALER, "alice");
  client.setInt(Option.LINGER, 1000);
  for (let i = 0; i < 3; i++) sendFrames(client, frames(`{"n":${i}}`));
  h.until(() => h.counter("peers") === 1, "the client");
  h.closeClient(client);
  h.runFor(50);
  assertEquals([h.gone, seen], [[], []]);
  hooks.done = true;
  h.until(() => h.gone.length === 1, "its end");
  assertEquals(seen, ['{"n":0}', '{"n":1}', '{"n":2}']);

  hooks.done = false;
  const first = h.client(DEALER, "bob");
  sendFrames(first, frames('{"n":3}'));
  h.until(() => h.counter("peers") === 1, "another client");
  h.closeClient(first);
  h.runFor(50);
  const again = h.client(DEALER, "bob");
  sendFrames(again, frames('{"n":4}'));
  h.until(() => hooks.given.length > 1, "its request");
  h.runFor(50);
  hooks.done = true;
  h.until(() => seen.length === 5, "both requests");
  h.runFor(50);
  assertEquals([h.gone.length, h.counter("peers")], [1, 1]);
});

Deno.test("what hooks have not seen of a client that was ended goes nowhere", () => {
  const { h, hooks } = harness();
  using _ = h;
  const client = h.client(DEALER, "alice");
  sendFrames(client, frames("{}"));
  h.until(() => h.counter("peers") === 1, "the client");
  h.control({ kick: [h.newest.id] });
  h.until(() => h.gone.length === 1, "its end");
  hooks.done = true;
  h.closeClient(client);
  h.runFor(50);
  assertEquals([h.gone.length, h.counter("received"), h.counter("peers")], [1, 0, 0]);
});
