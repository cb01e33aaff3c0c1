/** The lanes that requests and replies take through the hooks. */
import { type HookItem, HookLanes } from "../../../plugins/transport/hooking.ts";
import { assert, assertEquals } from "../../assert.ts";
import { FakeHooks } from "./fake_hooks.ts";

const peer = { id: 1, name: null, identity: null, address: "ipc", admin: false };

function item(text: string, reply = false): HookItem {
  return { reply, peer, text: new TextEncoder().encode(text) };
}

Deno.test("messages are settled in the order of their lane, and the lanes take turns", () => {
  const hooks = new FakeHooks();
  const lanes = new HookLanes(hooks);
  const settled: string[] = [];
  for (let n = 0; n < 300; n++) {
    lanes.add(item(`q${n}`), () => settled.push(`q${n}`));
    lanes.add(item(`r${n}`, true), () => settled.push(`r${n}`));
  }
  lanes.pump();
  lanes.pump();
  assertEquals([settled, lanes.busy], [[], true]);
  hooks.done = true;
  for (let round = 0; lanes.busy; round++) {
    assert(round < 20);
    lanes.pump();
  }
  const of = (kind: string) => settled.filter((one) => one.startsWith(kind));
  const expected = (kind: string) => Array.from({ length: 300 }, (_, n) => `${kind}${n}`);
  assertEquals([of("q"), of("r")], [expected("q"), expected("r")]);
  assertEquals(hooks.given.map(([first]) => first![0]).join(""), "qrqrqr");
});

Deno.test("what may wait is limited, by number and by bytes", () => {
  const lanes = new HookLanes(new FakeHooks());
  for (let n = 0; n < 1023; n++) lanes.add(item("q"), () => {});
  assertEquals(lanes.full, false);
  lanes.add(item("q"), () => {});
  assertEquals(lanes.full, true);
  const others = new HookLanes(new FakeHooks());
  others.add(item("q".repeat(1 << 24)), () => {});
  assertEquals(others.full, true);
});

Deno.test("a message that is added while others are settled gets its turn", () => {
  const hooks = new FakeHooks();
  hooks.done = true;
  const lanes = new HookLanes(hooks);
  const settled: string[] = [];
  lanes.add(item("one"), () => {
    settled.push("one");
    lanes.add(item("two"), () => settled.push("two"));
  });
  lanes.pump();
  lanes.pump();
  assertEquals([settled, lanes.busy], [["one", "two"], false]);
});
