import { readCommandLine, readNumber, UsageError } from "../../../scripts/lib/command_line.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const COMMAND = {
  usage: "Usage: it",
  options: { folder: "text", filter: "texts", force: "flag" },
} as const;

const read = (...args: string[]) => readCommandLine({ ...COMMAND, words: true }, args);

Deno.test("readCommandLine() reads options in every order, and words as they are", () => {
  const line = read("007", "--force", "a", "--filter", "x", "--folder=b c", "--filter=y", "1e3");
  if (line === "help") throw new Error("no help was asked for");
  const { folder, filter, force } = line.options;
  assertEquals({ folder, filter, force }, { folder: "b c", filter: ["x", "y"], force: true });
  assertEquals(line.words, ["007", "a", "1e3"]);
});

Deno.test("readCommandLine() leaves out what isn't given", () => {
  const line = read();
  if (line === "help") throw new Error("no help was asked for");
  const { folder, filter, force } = line.options;
  assertEquals({ folder, filter, force }, { folder: undefined, filter: [], force: false });
  assertEquals([line.words, line.rest], [[], []]);
});

Deno.test("readCommandLine() gives help whatever else there is", () => {
  for (const args of [["--help"], ["-h"], ["--frob", "--help"], ["--folder", "x", "-h", "y"]]) {
    assertEquals(readCommandLine(COMMAND, args), "help");
  }
});

Deno.test("readCommandLine() names what it doesn't take", () => {
  for (
    const [args, message] of [
      [["--froce"], "Unknown option --froce: did you mean --force? --help shows all there are."],
      [["--folder", "a", "--frob=3"], "Unknown option --frob\n"],
      [["-f"], "Unknown option -f\n"],
      [["--no-force"], "Unknown option --no-force\n"],
      [["--folder.x=3"], "Unknown option --folder.x: did you mean --folder? --help"],
      [["--force=3"], "--force takes no value\n"],
      [["--folder"], "--folder needs a value\n"],
      [["--folder", "--force"], "--folder needs a value\n"],
      [["--filter="], "--filter needs a value\n"],
      [["word"], 'Unexpected argument "word"\n'],
      [["--", "word"], 'Unexpected argument "word"\n'],
    ] as const
  ) {
    assertThrows(() => readCommandLine(COMMAND, args), UsageError, message);
  }
});

Deno.test("readCommandLine() hands on what follows -- where the command takes it", () => {
  const line = readCommandLine({ ...COMMAND, rest: true }, ["--force", "--", "--filter", "3"]);
  assertEquals(line === "help" ? [] : line.rest, ["--filter", "3"]);
});

Deno.test("readNumber() says what a number must be", () => {
  const port = (text: string) => readNumber("--port", text, "a port", (one) => one > 0);
  assertEquals(port("5545"), 5545);
  for (const text of ["-1", "x", " "]) {
    assertThrows(() => port(text), UsageError, `--port must be a port, not "${text}"`);
  }
});
