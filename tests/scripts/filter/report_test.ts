import { sampleEvent } from "../../../mod.ts";
import type { FilterOutcome } from "../../../scripts/filter/messages.ts";
import { FilterReport, shownPlace } from "../../../scripts/filter/report.ts";
import { paintAlways, paintNever } from "../../../scripts/lib/terminal.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";

const STATE = sampleEvent("media.state");

function outcome(...passed: object[]): FilterOutcome {
  return {
    wanted: true,
    passed: passed.map((event) => ({ text: JSON.stringify(event), topic: undefined })),
    errors: [],
    microseconds: 3.21,
  };
}

/** What a report says of one event. */
function report(before: object, result: FilterOutcome, paint = paintNever): string[] {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  new FilterReport({ print, paint, all: false, cwd: "/" }).add(JSON.stringify(before), result);
  return lines;
}

Deno.test("FilterReport colours what is gone red and what is new green", () => {
  const lines = report(STATE, outcome({ ...STATE, emitter: "other" }), paintAlways);
  assertStringIncludes(lines[0] ?? "", "\x1b[33mchanged\x1b[39m");
  assertEquals(lines.slice(1, 3), [
    '\x1b[31m    - emitter: "janus"\x1b[39m',
    '\x1b[32m    + emitter: "other"\x1b[39m',
  ]);
});

Deno.test("FilterReport cuts long texts so that what changed in them is seen", () => {
  const text = (middle: string) => `${"a".repeat(300)}${middle}${"z".repeat(300)}`;
  const lines = report({ ...STATE, text: text("ONE") }, outcome({ ...STATE, text: text("TWO") }));
  const changed = lines.filter((line) => /^ {4}[-+]/.test(line));
  const around = (middle: string) => `text: …${"a".repeat(24)}${middle}${"z".repeat(24)}…`;
  assertEquals(changed, [`    - ${around("ONE")}`, `    + ${around("TWO")}`]);
  // Where nothing stands in its place, its beginning.
  const [added = ""] = report(STATE, outcome({ ...STATE, text: text("ONE") })).slice(-1);
  assert(added.startsWith(`    + text: "${"a".repeat(100)}`) && added.length < 160, added);
});

Deno.test("FilterReport tells the event that came from others that are passed with it", () => {
  const other = sampleEvent("external", { event: { schema: "other" } });
  const lines = report(STATE, outcome(other, STATE, { ...STATE, again: true }));
  assertEquals(lines[0], "#1    media.state session 1001 handle 1002  3 events  3.2 us");
  assertEquals(lines.filter((line) => line.includes("one more")), [
    "    one more: external",
    "    one more: media.state session 1001 handle 1002",
  ]);
  const [, alone] = report(STATE, outcome(other));
  assertEquals(alone, "    another: external");
});

Deno.test("shownPlace() is short where it can be", () => {
  assertEquals(shownPlace("file:///a/b%20c/d.ts:1:2", "/a"), "b c/d.ts:1:2");
  assertEquals(shownPlace("file:///a/d.ts:1:2", "/b"), "/a/d.ts:1:2");
  assertEquals(shownPlace("ext:core:1:2", "/b"), "ext:core:1:2");
});
