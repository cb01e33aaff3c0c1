/** The queues that requests and replies take through the hooks. */
import { type HookItem, HookQueues } from "../../../plugins/transport/hooking.ts";
import { assert, assertEquals } from "../../assert.ts";
import { FakeHooks } from "./fake_hooks.ts";

const peer = { id: 1, name: null, identity: null, address: "ipc", admin: false };

function item(text: string, reply = false): HookItem {
  return { reply, peer, text: new TextEncoder().encode(text) };
}

Deno.test("messages are settled in the order of their queue, and the queues take turns", () => {
  const hooks = new FakeHooks();
  const queues = new HookQueues(hooks);
  const settled: string[] = [];
  for (let n = 0; n < 300; n++) {
    queues.add(item(`q${n}`), () => settled.push(`q${n}`));
    queues.add(item(`r${n}`, true), () => settled.push(`r${n}`));
  }
  queues.pump();
  queues.pump();
  assertEquals([settled, queues.busy], [[], true]);
  hooks.done = true;
  for (let round = 0; queues.busy; round++) {
    assert(round < 20);
    queues.pump();
  }
  const of = (kind: string) => settled.filter((one) => one.startsWith(kind));
  const expected = (kind: string) => Array.from({ length: 300 }, (_, n) => `${kind}${n}`);
  assertEquals([of("q"), of("r")], [expected("q"), expected("r")]);
  assertEquals(hooks.given.map(([first]) => first![0]).join(""), "qrqrqr");
});

Deno.test("what may wait is limited, by number and by bytes", () => {
  const queues = new HookQueues(new FakeHooks());
  for (let n = 0; n < 1023; n++) queues.add(item("q"), () => {});
  assertEquals(queues.full, false);
  queues.add(item("q"), () => {});
  assertEquals(queues.full, true);
  const others = new HookQueues(new FakeHooks());
  others.add(item("q".repeat(1 << 24)), () => {});
  assertEquals(others.full, true);
});

Deno.test("a message that is added while others are settled gets its turn", () => {
  const hooks = new FakeHooks();
  hooks.done = true;
  const queues = new HookQueues(hooks);
  const settled: string[] = [];
  queues.add(item("one"), () => {
    settled.push("one");
    queues.add(item("two"), () => settled.push("two"));
  });
  queues.pump();
  queues.pump();
  assertEquals([settled, queues.busy], [["one", "two"], false]);
});
