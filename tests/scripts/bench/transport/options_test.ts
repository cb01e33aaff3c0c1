import { UsageError } from "../../../../scripts/lib/command_line.ts";
import { parseParts, PARTS } from "../../../../scripts/bench/transport/measure.ts";
import { parsePlacement } from "../../../../scripts/bench/transport/placement.ts";
import { assertEquals, assertThrows } from "../../../assert.ts";

Deno.test("everything is measured unless parts are named", () => {
  assertEquals(parseParts(undefined), PARTS);
  assertEquals(parseParts("peers,warm"), ["peers", "warm"]);
  assertThrows(() => parseParts("warm,cold"), UsageError, "cold");
});

Deno.test("threads run where Linux has them unless they are to share a core", () => {
  assertEquals(parsePlacement(undefined), "free");
  assertEquals(parsePlacement("one"), "one");
  assertThrows(() => parsePlacement("two"), UsageError, "two");
});
