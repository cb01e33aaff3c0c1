import { checkRoot, Findings } from "../../../../plugins/host/config/check.ts";
import type { Group } from "../../../../plugins/host/config/keys.ts";
import { readJanusTree } from "../../../../plugins/host/config/source.ts";
import { assertEquals } from "../../../assert.ts";

const NESTED = {
  type: "group",
  doc: "All.",
  keys: {
    outer: {
      type: "group",
      doc: "Outer.",
      keys: {
        inner: {
          type: "group",
          doc: "Inner.",
          keys: { depth: { type: "integer", default: 3, min: 1, max: 9, doc: "Depth." } },
        },
      },
    },
  },
} as const satisfies Group;

Deno.test("checkRoot() checks groups within groups and types what comes out", () => {
  const findings = new Findings("file");
  const tree = readJanusTree({ outer: { inner: { depth: "7", dept: "1" } } });
  const depth: number = checkRoot(NESTED, tree, findings).outer.inner.depth;
  assertEquals(depth, 7);
  assertEquals(findings.problems, [
    "file: outer.inner.dept: unknown key; did you mean outer.inner.depth?",
  ]);
});

Deno.test("checkRoot() puts the default where a value has a problem", () => {
  const findings = new Findings("file");
  const tree = readJanusTree({ outer: { inner: { depth: "10" } } });
  assertEquals(checkRoot(NESTED, tree, findings).outer.inner.depth, 3);
  assertEquals(findings.hasFailed("outer.inner.depth"), true);
  assertEquals(findings.problems, [
    "file: outer.inner.depth: 10 is out of range: an integer from 1 to 9",
  ]);
});
