/** Text of others, as it may be shown. */
import { assertEquals, assertMatch } from "../../assert.ts";
import { stringifyJson } from "../../../plugins/janus/json.ts";
import { printableJson } from "../../../plugins/janus/printable.ts";

Deno.test("JSON that is shown has nothing that steers a terminal, and means the same", () => {
  const reply = { "a\u202eb": "\x9b2J\x7f\u2028\ufeff\x1b[31m\n", list: ["ü 😀\t"] };
  for (const indent of [0, 2]) {
    const shown = printableJson(stringifyJson(reply, indent));
    assertMatch(shown, /^[\n\x20-\x7eü😀]+$/u);
    assertEquals(JSON.parse(shown), reply);
  }
});
