/** Filters that end or hang their process outside of a call: who it was is found, and others are spared. */
import { assert, assertEquals, assertLess } from "../../assert.ts";
import { event, Rig, turn } from "./support.ts";

const numbered = (count: number) => Array.from({ length: count }, (_, n) => event(4, { n }));

for (
  const [what, body] of Object.entries({
    "a timer": "setTimeout(() => { for (;;); }, 1);",
    "a promise": "const again = (): unknown => Promise.resolve().then(again); again();",
    "a later timer": "setTimeout(() => { for (;;); }, 30);",
  })
) {
  Deno.test(`a filter that hangs in ${what} that it left behind is found, and others are spared`, async () => {
    await using rig = await Rig.make({
      "first.ts": "event.first = true; return event;",
      "leaves.ts": `if (event.event.n === 1) { ${body} } return event;`,
      "last.ts": "event.last = true; return event;",
    }, { config: { timeout: 300 } });
    await rig.loaded();
    const seen: unknown[] = [];
    const states = () => rig.states.join();
    for (let round = 0; round < 12 && !states().includes("disabled"); round++) {
      seen.push(...await rig.events(...numbered(4)));
      await new Promise((resolve) => setTimeout(resolve, 60));
      turn(rig.engine);
    }
    assertEquals(states(), "on,disabled,on", rig.lines.join("\n"));
    for (const one of seen as { first?: boolean; last?: boolean }[]) {
      assertEquals([one.first, one.last], [true, true], rig.lines.join("\n"));
    }
  });
}

Deno.test("a filter that ends its process outside of a call is named", async () => {
  await using rig = await Rig.make({
    "timer.ts": `if (event.event.n === 0) setTimeout(() => Deno.exit(7), 5); return event;`,
    "fine.ts": "return event;",
  });
  await rig.give(event(4, { n: 0 }));
  await rig.line(/ERR Filter "timer" exited with code 7, outside of a call. Its process is/);
  assertEquals((await rig.events(...numbered(3).slice(1))).length, 2);
});

Deno.test("a filter that ends its process outside of a call is named though others have items in hand", async () => {
  await using rig = await Rig.make({
    "slow.ts":
      "return new Promise((resolve) => setTimeout(() => resolve(event), 20)) as Promise<any>;",
    "timer.ts": `if (event.event.n === 0) setTimeout(() => Deno.exit(7), 5); return event;`,
    "fine.ts": "event.fine = true; return event;",
  });
  for (let round = 0; round < 3; round++) {
    const came = await rig.events(...numbered(4)) as { fine: boolean }[];
    assertEquals(came.map(({ fine }) => fine), [true, true, true, true], rig.lines.join("\n"));
  }
  assertEquals(rig.states, ["on", "disabled", "on"], rig.lines.join("\n"));
  assertEquals([0, 1, 2].map((module) => rig.info(module).errors), [0, 0, 0]);
});

Deno.test("where nobody can tell who hangs, one after the other is left out; the innocent are used again", async () => {
  await using rig = await Rig.make({
    "leaves.ts": `if (event.event.n === 1) setTimeout(() => { for (;;); }, 400); return event;`,
    "fine.ts": "event.fine = true; return event;",
    "last.ts": "event.last = true; return event;",
  }, { config: { timeout: 300 }, more: { trial: 4000 } });
  await rig.loaded();
  const isFound = () => rig.lines.some((line) => /"leaves" is disabled/.test(line));
  for (let round = 0; round < 60 && !isFound(); round++) {
    const came = await rig.give(...numbered(3));
    assertEquals(came.map(String).includes("failed"), false);
    const end = performance.now() + 500;
    await rig.until("a while", () => performance.now() > end);
  }
  assertEquals(rig.states, ["disabled", "on", "on"], rig.lines.join("\n"));
  const said = (pattern: RegExp) => rig.lines.filter((line) => pattern.test(line)).length;
  for (const name of ["last", "fine"]) {
    assertEquals(
      said(new RegExp(`^WARN Filter "${name}" is left out on trial, .* events go past it`)),
      1,
    );
    assertEquals(said(new RegExp(`^INFO Filter "${name}" is used again`)), 1);
  }
  assertEquals(
    said(/^ERR Filter "leaves" is disabled: .* events go past it, until \/.*\/leaves\.ts changes$/),
    1,
  );
});

for (
  const [what, close] of Object.entries({
    "its input": "Deno.stdin.close();",
    "its output": "Deno.stdout.close();",
    "every descriptor": `const { closeSync } = (globalThis as any).process.getBuiltinModule("fs");
      for (let fd = 0; fd < 40; fd++) { try { closeSync(fd); } catch { /* there is none */ } }`,
  })
) {
  Deno.test(`a filter that closes ${what} of its process is named, and costs its own event alone`, async () => {
    await using rig = await Rig.make({
      "first.ts": "event.first = true; return event;",
      "deaf.ts": `if (event.event.n === 2) { ${close} } event.second = true; return event;`,
      "last.ts": "event.last = true; return event;",
    }, { config: { timeout: 5000 } });
    const begun = performance.now();
    const came = await rig.events(...numbered(5)) as { second?: boolean; last?: boolean }[];
    assertEquals(came.map(({ second }) => second === true), [true, true, false, true, true]);
    assert(came.every(({ last }) => last), rig.lines.join("\n"));
    await rig.line(/ERR Filter "deaf" exited with code \d; the event passes without it/);
    assertEquals(rig.states, ["on", "on", "on"]);
    assertLess(performance.now() - begun, 5000 * Math.max(1, Deno.loadavg()[0]! / 2));
  });
}

Deno.test("a process that ends again and again while nothing is in hand is not started for ever", async () => {
  const filter = (name: string, head = "") =>
    `${head}import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
    export default defineEventFilter({ name: "${name}", events: ["all"], filter: (event) => event });`;
  await using rig = await Rig.make({
    "imports.ts": filter("imports", `import "./part.ts";\n`),
    "fine.ts": filter("fine"),
    // Its stack speaks of no module.
    "part.ts": "setTimeout(() => Deno.exit(5), 700); export {};",
  }, { modules: ["imports.ts", "fine.ts"], more: { trial: 4000 } });
  await rig.until(
    "it to be found",
    () => rig.lines.some((line) => /^ERR Filter "imports" is disabled: while/.test(line)),
    40_000,
  );
  assertEquals(rig.states, ["disabled", "on"], rig.lines.join("\n"));
  await rig.line(/^WARN Filter "fine" is left out on trial/);
  await rig.line(/^INFO Filter "fine" is used again/);
  const ends = rig.lines.filter((line) => /exited with code 5, outside of a call/.test(line));
  assertLess(ends.length, 10, rig.lines.join("\n"));
});
