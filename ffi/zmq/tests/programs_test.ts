/**
 * Programs written for npm's `zeromq`, run with it on Node and, with nothing but the import mapped,
 * on Deno: what they print is the same, and both end.
 */
import { assertEquals } from "../../../tests/assert.ts";
import { type Finished, MOD, npmZeromq, PACKAGE, run, test } from "./helpers.ts";

const FOLDER = `${PACKAGE}tests/programs`;

async function onNode(source: string): Promise<Finished> {
  const args = ["--input-type=module", "--eval", source];
  return await run("node", args, { cwd: await npmZeromq() });
}

async function onDeno(source: string): Promise<Finished> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ imports: { zeromq: MOD } }));
    await Deno.writeTextFile(`${folder}/program.mjs`, source);
    const args = ["run", "--no-prompt", "--no-check", "--allow-ffi", `${folder}/program.mjs`];
    return await run(Deno.execPath(), args, { env: { NO_COLOR: "1" } });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// Of these programs npm's own may wait for ever at the end, when the machine is busy.
const WITHOUT_END = "majordomo.mjs";

for (const { name } of Deno.readDirSync(FOLDER)) {
  if (name === WITHOUT_END) continue;
  test(`${name} does the same as with npm's zeromq on Node`, async () => {
    const source = await Deno.readTextFile(`${FOLDER}/${name}`);
    const [theirs, ours] = [await onNode(source), await onDeno(source)];
    assertEquals(theirs.code, 0, theirs.stderr);
    assertEquals([ours.code, ours.stdout], [0, theirs.stdout], ours.stderr);
  }, 150_000);
}

test("a program whose peers go first ends each time", async () => {
  const source = await Deno.readTextFile(`${FOLDER}/${WITHOUT_END}`);
  for (let round = 0; round < 8; round++) {
    const { code, stdout, stderr } = await onDeno(source);
    const [answers, ...rest] = stdout.trim().split("\n");
    assertEquals([code, answers], [0, "TEA,COFFEE,SODA,WATER,JUICE"], `round ${round}: ${stderr}`);
    assertEquals(rest.at(-1), "end");
  }
}, 60_000);
