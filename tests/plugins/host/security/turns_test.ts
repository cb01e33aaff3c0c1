import { placeOf, Turns } from "../../../../plugins/host/security/turns.ts";
import { assertEquals } from "../../../assert.ts";

const ANN = { address: "192.0.2.1", name: "ann" };
const BOB = { address: "192.0.2.1", name: "bob" };
const EVE = { address: "192.0.2.66", name: "ann" };

Deno.test("those who have not failed come first, then who came first", () => {
  const turns = new Turns<string>();
  turns.fail(EVE, 0);
  assertEquals(turns.add(EVE, "eve", 1), []);
  turns.add(ANN, "ann", 2);
  turns.add(BOB, "bob", 3);
  assertEquals([1, 2, 3, 4].map(() => turns.take(10)), ["ann", "bob", "eve", null]);
  assertEquals([turns.size, turns.due(10)], [0, -1]);
});

Deno.test("three failures are free, then each makes the next wait longer, up to 2 s", () => {
  const turns = new Turns<string>();
  const waits = Array.from({ length: 10 }, () => {
    turns.fail(EVE, 0);
    turns.add(EVE, "eve", 0);
    const due = turns.due(0);
    assertEquals(turns.take(Math.max(0, due - 1)), due === 0 ? "eve" : null);
    if (due > 0) assertEquals(turns.take(due), "eve");
    return due;
  });
  assertEquals(waits, [0, 0, 0, 100, 200, 400, 800, 1600, 2000, 2000]);
  turns.add(EVE, "later", 150_000); // most of it is forgotten
  assertEquals(turns.take(150_000), "later");
});

Deno.test("whoever was right before does not answer for its neighbours", () => {
  const turns = new Turns<string>();
  turns.pass(BOB);
  for (let i = 0; i < 20; i++) turns.fail(ANN, 0);
  turns.add(ANN, "guess", 0);
  turns.add(BOB, "bob", 0);
  assertEquals([turns.take(0), turns.take(0)], ["bob", null]);
});

Deno.test("of an address that has failed few wait: another name takes the place of a guess", () => {
  const turns = new Turns<string>();
  for (let i = 0; i < 20; i++) turns.fail(ANN, 0);
  const away = Array.from({ length: 20 }, (_, i) => turns.add(ANN, `guess ${i}`, 0)).flat();
  assertEquals([turns.size, away.length, away[0]], [8, 12, "guess 8"]);
  assertEquals(turns.add(BOB, "bob", 1), ["guess 7"]);
  assertEquals(turns.take(2000), "bob");
});

Deno.test("what waits is bounded, and those with failures make room", () => {
  const turns = new Turns<number>();
  turns.fail(EVE, 0);
  turns.add(EVE, -1, 0);
  const away = Array.from({ length: 600 }, (_, i) => {
    return turns.add({ address: `10.0.${i >> 8}.${i & 255}`, name: "x" }, i, 1);
  }).flat();
  assertEquals([turns.size, away.length, away[0]], [512, 89, -1]);
  assertEquals(turns.expire(8001).length, 512);
});

Deno.test("before anybody has failed, those make room who have most waiting", () => {
  const turns = new Turns<string>();
  const first = Array.from({ length: 300 }, () => turns.add(EVE, "eve", 0)).flat();
  const away = [
    ...turns.add(ANN, "ann", 1),
    ...Array.from({ length: 300 }, () => turns.add(EVE, "eve", 2)).flat(),
  ];
  assertEquals([first.length, away.length, away.includes("ann")], [0, 89, false]);
});

for (
  const [address, place] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::9", "2001:db8:1:2"],
    ["2001:db8::9", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["localhost:1000:100:4711", "user 1000"],
    ["", ""],
  ] as const
) {
  Deno.test(`placeOf("${address}") is ${place || "nothing"}`, () => {
    assertEquals(placeOf(address), place);
  });
}
