import { Turns } from "../../../scripts/run_tests/turns.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("one is shown as it speaks, who is done next, and then who still goes on", () => {
  let shown = "";
  const turns = new Turns((text) => shown += text);
  const [a, b, c] = [turns.begin(), turns.begin(), turns.begin()];
  a.write("a1 ");
  b.write("b1 ");
  c.write("c1 ");
  a.write("a2 ");
  assertEquals(shown, "a1 a2 ");
  c.end();
  a.end();
  assertEquals(shown, "a1 a2 c1 b1 ");
  b.write("b2 ");
  const d = turns.begin();
  d.write("d1 ");
  b.end();
  d.write("d2 ");
  d.end();
  assertEquals(shown, "a1 a2 c1 b1 b2 d1 d2 ");
});
