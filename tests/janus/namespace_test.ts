/** The networks that calls are made in. */
import { capture, type Captured } from "../../scripts/lib/run.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { ADDRESS, findNetwork, privateNetwork } from "./support/namespace.ts";

async function run(...command: string[]): Promise<string> {
  const [program = "", ...args] = command;
  const output = await capture(program, args);
  assertEquals(output?.code, 0, output?.stderr);
  return output?.stdout ?? "";
}

/** Names and addresses of a network's interfaces, and where they lead. */
const LIST = ["sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; ip -brief -4 address; ip route"];

Deno.test("a private network has one address and no way out", async () => {
  const outside = await run(...LIST);
  const { wrapper, enter } = await privateNetwork();
  const inside = (await run(...wrapper, ...LIST)).trim().split("\n");
  const addresses = inside.flatMap((line) => / ([\d.]+\/\d+) *$/.exec(line)?.[1] ?? []);
  assertEquals(addresses.sort(), [`${ADDRESS}/24`, "127.0.0.1/8"]);
  assertEquals(inside.filter((line) => /^default|via/.test(line)), []);
  assertEquals(await run(...LIST), outside);

  // Whoever enters is where the process is, which has the id that it began with.
  const [command = "", ...args] = [...wrapper, "sleep", "60"];
  await using sleeper = new Deno.Command(command, { args, stdin: "null" }).spawn();
  const name = () => Deno.readTextFile(`/proc/${sleeper.pid}/comm`);
  while ((await name()) !== "sleep\n") await new Promise((resolve) => setTimeout(resolve, 5));
  assertStringIncludes(await run(...enter(sleeper.pid), ...LIST), ADDRESS);
});

function outcome(code: number, stderr = ""): Captured {
  return { code, stdout: "", stderr };
}

Deno.test("who is not root has a user namespace, if the system lets them", async () => {
  const { wrapper, enter } = await findNetwork((_command, args) =>
    Promise.resolve(outcome(args.includes("--map-root-user") ? 0 : 1))
  );
  assert(wrapper.includes("--map-root-user"));
  assert(enter(1).includes("--user"));
  const root = await findNetwork(() => Promise.resolve(outcome(0)));
  assert(!root.wrapper.includes("--map-root-user"));
  assert(!root.enter(1).includes("--user"));
});

Deno.test("where no network can be made, the error says what each try said", async () => {
  const error = await assertRejects(
    () => findNetwork(() => Promise.resolve(outcome(1, "Operation not permitted\n"))),
    Error,
    "Cannot make a network namespace",
  );
  assertStringIncludes(error.message, "unshare --net: Operation not permitted");
  assertStringIncludes(error.message, "unshare --map-root-user --net: Operation not permitted");
  await assertRejects(
    () => findNetwork(() => Promise.resolve(undefined)),
    Error,
    "there is no such program",
  );
});
