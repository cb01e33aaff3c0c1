/** What every subcommand has in common: help, and words about what is mistyped. */
import { SUBCOMMANDS } from "../../../scripts/command/table.ts";
import { valueOf } from "../../../scripts/command/completion.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { COMMAND, runCommand } from "./run.ts";

for (const { name, load } of SUBCOMMANDS) {
  Deno.test(`janus-zeromq ${name} says how it is used, and refuses what it doesn't know`, async () => {
    const words = name.split(" ");
    const help = await runCommand([...words, "--help"]);
    assertEquals([help.code, help.stderr], [0, ""]);
    assert(help.stdout.startsWith(`Usage: janus-zeromq ${name}`), help.stdout);
    assertMatch(help.stdout, /^ *Exit code: 0 /m);
    assert(!help.stdout.includes("scripts/deno task"), "it names tasks");
    const refused = await runCommand([...words, "--hlep"]);
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertStringIncludes(refused.stderr, "Unknown option --hlep: did you mean --help?");
  });

  Deno.test(`the help of ${name} has its options, and no others`, async () => {
    const { usage, options = {} } = (await load()).COMMAND;
    const named = [...usage.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, option]) => option!);
    // Those of another command are named in texts about that.
    const others = ["help", "events", "endpoint"];
    assertEquals(Object.keys(options).filter((one) => !named.includes(one)), []);
    const strange = named.filter((one) => !(one in options) && !others.includes(one));
    assertEquals(strange, []);
    for (const [option, kind] of Object.entries(options)) {
      assertEquals(valueOf(usage, option) === undefined, kind === "flag", `--${option}`);
    }
  });
}

Deno.test("janus-zeromq lists its commands", async () => {
  const help = await runCommand(["--help"]);
  assertEquals([help.code, help.stderr], [0, ""]);
  for (const { name, summary } of SUBCOMMANDS) {
    assertMatch(help.stdout, new RegExp(`^  ${name} +${summary}\\.$`, "m"));
  }
  assertStringIncludes(help.stdout, "Exit code: 0 done, 1 failed, 2 used wrongly.");
  const nothing = await runCommand([]);
  assertEquals([nothing.code, nothing.stdout, nothing.stderr], [2, "", help.stdout]);
});

Deno.test("janus-zeromq names the command that was meant", async () => {
  for (
    const [args, words] of [
      [["doctr"], 'There is no command "doctr": did you mean doctor?'],
      [["filter", "nwe"], 'There is no command "filter nwe": did you mean filter new?'],
      [["filter"], "filter needs a second word: filter new or filter try"],
      [["event", "read"], 'There is no command "event": did you mean events read?'],
      [["frobnicate"], 'There is no command "frobnicate"\n'],
    ] as const
  ) {
    const { code, stdout, stderr } = await runCommand(args);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, words);
  }
});

Deno.test("janus-zeromq admin takes no secret on its command line", async () => {
  const { code, stderr } = await runCommand(["admin", "ping", "admin_secret=x"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "use --admin-secret-file");
});

Deno.test("where nothing can be written, that is one line", async () => {
  const args = ["-c", '"$0" version >/dev/full', COMMAND];
  const { code, stderr } = await new Deno.Command("sh", { args, env: { NO_COLOR: "1" } }).output();
  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /^No space left on device[^\n]*\n$/);
});
