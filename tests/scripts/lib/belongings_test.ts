import { Belongings } from "../../../scripts/lib/belongings.ts";
import { processName } from "../../../scripts/lib/processes.ts";
import { exists } from "../../../scripts/lib/run.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";

const alive = async (pid: number) => await processName(pid) !== undefined;

Deno.test("Belongings go with their owner: folders, and processes before them", async () => {
  let [folder, pid] = ["", 0];
  {
    await using own = new Belongings();
    folder = await own.folder("belongings");
    await Deno.writeTextFile(`${folder}/file`, "x");
    ({ pid } = await own.start(["sleep", "60"]));
    assert(await exists(`${folder}/file`) && await alive(pid));
  }
  assertEquals([await exists(folder), await alive(pid)], [false, false]);
});

Deno.test("Belongings go although one of them cannot", async () => {
  const own = new Belongings();
  const folder = await own.folder("belongings");
  own.defer(() => Promise.reject(new Error("it stays")));
  const { pid } = await own.start(["sleep", "60"]);
  await assertRejects(() => own[Symbol.asyncDispose](), Error, "it stays");
  assertEquals([await exists(folder), await alive(pid)], [false, false]);
});

Deno.test("Belongings ask a process to end, where it knows how", async () => {
  await using own = new Belongings();
  const options = { stdin: "piped", end: (one: Deno.ChildProcess) => one.stdin.close() } as const;
  const polite = await own.start(["cat"], options);
  const gone = await own.start(["true"], options);
  await gone.status;
  await own[Symbol.asyncDispose]();
  assertEquals((await polite.status).signal, null);
});

Deno.test("Belongings that are moved stay, and nothing starts for an owner that is done", async () => {
  let moved: Belongings;
  let pid = 0;
  const own = new Belongings();
  {
    await using first = own;
    ({ pid } = await first.start(["sleep", "60"]));
    moved = first.move();
  }
  assert(await alive(pid));
  await moved[Symbol.asyncDispose]();
  assertEquals(await alive(pid), false);
  await assertRejects(() => moved.start(["sleep", "60"]), Error, "its owner is done");
});

Deno.test("a process ends with its owner's process, however that ends", async () => {
  const program = `
    import { Belongings } from ${
    JSON.stringify(import.meta.resolve("../../../scripts/lib/belongings.ts"))
  };
    const own = new Belongings();
    console.log((await own.start(["sleep", "60"])).pid);
    Deno.kill(Deno.pid, "SIGKILL");`;
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    stdin: "null",
  }).output();
  const pid = Number(new TextDecoder().decode(output.stdout));
  assert(pid > 1, new TextDecoder().decode(output.stderr));
  const end = performance.now() + 10_000;
  const runs = async () =>
    /\) [^ZX] /.test(await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => ""));
  while (await runs()) {
    assert(performance.now() < end, "it still runs");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
