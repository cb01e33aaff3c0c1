import { capture } from "../../../../scripts/lib/run.ts";
import {
  parseCores,
  parsePlacement,
  placeThreads,
} from "../../../../scripts/bench/events/placement.ts";
import { assertEquals, assertRejects, assertThrows } from "../../../assert.ts";

Deno.test("parseCores() reads Linux's lists", () => {
  assertEquals(parseCores("0\n"), [0]);
  assertEquals(parseCores("1-3,8,10-11"), [1, 2, 3, 8, 10, 11]);
});

Deno.test("parsePlacement() says what there is", () => {
  assertEquals([parsePlacement(undefined), parsePlacement("free")], ["one", "free"]);
  assertThrows(() => parsePlacement("three"), TypeError, "--cores=three is none of one, two, free");
});

Deno.test("placeThreads() wants a Janus with the generator", async () => {
  const before = (await capture("taskset", ["-pc", String(Deno.pid)]))?.stdout;
  await placeThreads(Deno.pid, "free");
  await assertRejects(() => placeThreads(Deno.pid, "one"), Error, "the generator's thread");
  assertEquals((await capture("taskset", ["-pc", String(Deno.pid)]))?.stdout, before);
});
