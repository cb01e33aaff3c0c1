/** What filters do to events. */
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { event, Rig } from "./support.ts";

Deno.test("a filter passes on, changes, drops and adds events, in order", async () => {
  await using rig = await Rig.make({
    "one.ts": `
      const { n } = event.event.data;
      if (n === 1) return event;
      if (n === 2) return null;
      if (n === 3) { event.event.data.changed = true; return event; }
      if (n === 4) { ctx.emit({ type: 4, event: { data: "first" } }, "mine"); return [event, event]; }
    `,
  });
  const given = [1, 2, 3, 4, 5].map((n) => event(4, { schema: "s", data: { n } }));
  const came = await rig.give(...given);
  const [first, second, third, fourth, fifth] = came;
  assertEquals(first, [{ topic: "external.-.-.", body: JSON.stringify(given[0]) }]);
  assertEquals([second, fifth], [[], []]);
  assertMatch(JSON.stringify(third), /\\"n\\":3,\\"changed\\":true/);
  assert(Array.isArray(fourth));
  assertEquals(fourth.map(({ topic }) => topic), ["mine", "external.-.-.", "external.-.-."]);
  assertEquals(fourth[1], fourth[2]);
});
