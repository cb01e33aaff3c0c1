import { parseUsers } from "../../plugins/host/security/passwords.ts";
import { decodeKey } from "../../plugins/host/security/z85.ts";
import { makeKeyPair } from "../../scripts/keygen.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { withFolder } from "../folder.ts";

const SCRIPT = new URL("../../scripts/keygen.ts", import.meta.url).pathname;

/** Runs the script in a folder, with a line on its standard input. */
async function keygen(folder: string, args: readonly string[], input = "") {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", SCRIPT, ...args, "--folder", folder],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;

Deno.test("keygen server makes a pair of files once, the secret one for its owner only", async () => {
  await withFolder(async (folder) => {
    const { code, stdout } = await keygen(folder, ["server"]);
    assertEquals(code, 0);
    assertEquals(modeOf(`${folder}/server.key`), 0o600);
    assertEquals(modeOf(`${folder}/server.pub`), 0o644);
    const open = Deno.readTextFileSync(`${folder}/server.pub`).split("\n")[1] ?? "";
    assert(decodeKey(open) !== null);
    assertStringIncludes(stdout, open);
    const again = await keygen(folder, ["server"]);
    assertEquals(again.code, 2);
    assertStringIncludes(again.stderr, "server.key is there already: --force");
    assertEquals((await keygen(folder, ["server", "--force"])).code, 0);
    assert(!Deno.readTextFileSync(`${folder}/server.pub`).includes(open));
  });
});

Deno.test("keygen client puts the public key where the server looks for it", async () => {
  await withFolder(async (folder) => {
    const { code, stdout } = await keygen(folder, ["client", "ann"]);
    assertEquals(code, 0);
    assertEquals(modeOf(`${folder}/ann.key`), 0o600);
    const open = Deno.readTextFileSync(`${folder}/clients/ann.pub`).split("\n")[1] ?? "";
    assertStringIncludes(stdout, `${open} ann\n`);
    assertEquals((await keygen(folder, ["client", "ann"])).code, 2);
    assertEquals((await keygen(folder, ["client", "a/b"])).code, 2);
  });
});

Deno.test("keygen user adds and changes users, and never shows a password", async () => {
  await withFolder(async (folder) => {
    const first = await keygen(folder, ["user", "ann"], "open sesame\n");
    assertEquals(first.code, 0, first.stderr);
    assert(!(first.stdout + first.stderr).includes("sesame"));
    assertEquals((await keygen(folder, ["user", "bob"], "x")).code, 0);
    const before = Deno.readTextFileSync(`${folder}/users`);
    assertEquals((await keygen(folder, ["user", "ann"], "another\n")).code, 0);
    const after = Deno.readTextFileSync(`${folder}/users`);
    assertEquals([...parseUsers(after).keys()].sort(), ["ann", "bob"]);
    assert(before !== after);
    assertEquals(modeOf(`${folder}/users`), 0o600);
    assertEquals((await keygen(folder, ["user", "eve"], "\n")).code, 2);
    assertEquals((await keygen(folder, ["user", "eve", "password"], "")).code, 2);
  });
});

Deno.test("keygen says how it is used", async () => {
  await withFolder(async (folder) => {
    const help = await keygen(folder, ["--help"]);
    assertEquals(help.code, 0);
    assertStringIncludes(help.stdout, "Usage: scripts/deno task keygen");
    for (
      const [args, says] of [
        [[], "Usage: scripts/deno task keygen"],
        [["toString"], 'There is no command "toString": server, client NAME or user NAME'],
        [["client"], "client needs a name, as in: keygen client ann"],
        [["client", "ann", "bob"], "client takes one name"],
        [["user", "eve", "password"], "the password is asked for"],
        [["server", "x"], "server takes no name"],
        [["server", "--froce"], "Unknown option --froce"],
      ] as const
    ) {
      const { code, stderr } = await keygen(folder, args);
      assertEquals(code, 2, args.join(" "));
      assertStringIncludes(stderr, says);
    }
    const missing = await keygen(`${folder}/none`, ["server"]);
    assertEquals(missing.code, 2);
    assertStringIncludes(missing.stderr, `There is no folder ${folder}/none: nothing was written`);
  });
});

/** What lies in a folder, and below it. */
const filesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("keygen writes nothing for an owner who is not there", async () => {
  await withFolder(async (folder) => {
    for (const command of [["server"], ["client", "ann"], ["user", "ann"]]) {
      const nobody = await keygen(folder, [...command, "--owner", "no-such-user"], "x\n");
      assertEquals(nobody.code, 2);
      assertStringIncludes(nobody.stderr, 'There is no user "no-such-user": nothing was written.');
      const group = await keygen(folder, [...command, "--owner", "root:no-such-group"], "x\n");
      assertEquals(group.code, 2);
      assertStringIncludes(group.stderr, 'There is no group "no-such-group"');
      assertEquals(filesIn(folder), []);
    }
  });
});

Deno.test("keygen gives the server's files to their owner, or writes none", async () => {
  await withFolder(async (folder) => {
    const owner = ["--owner", Deno.uid() === 0 ? "nobody" : "root"];
    const runs = [
      await keygen(folder, ["server", ...owner]),
      await keygen(folder, ["client", "ann", ...owner]),
      await keygen(folder, ["user", "ann", ...owner], "x\n"),
    ];
    if (Deno.uid() === 0) {
      for (const { code, stderr } of runs) assertEquals({ code, stderr }, { code: 0, stderr: "" });
      const files = ["server.key", "server.pub", "clients/ann.pub", "users"];
      const owners = new Set(files.map((file) => Deno.statSync(`${folder}/${file}`).uid));
      assertEquals([...owners].includes(0), false);
      assertEquals(Deno.statSync(`${folder}/ann.key`).uid, 0);
      const { uid } = Deno.statSync(`${folder}/users`);
      assertEquals((await keygen(folder, ["user", "bob"], "x\n")).code, 0);
      assertEquals(Deno.statSync(`${folder}/users`).uid, uid, "an owner stays");
    } else {
      for (const { code, stderr } of runs) {
        assertEquals(code, 2);
        assertStringIncludes(stderr, "nothing was written");
      }
      assertEquals(filesIn(folder), []);
    }
  });
});

Deno.test("keygen keeps a pair of keys where it cannot replace both", async () => {
  await withFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/server.pub`);
    Deno.writeTextFileSync(`${folder}/server.key`, "the old one");
    const { code, stderr } = await keygen(folder, ["server", "--force"]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "server.pub is a folder");
    assertEquals(filesIn(folder), ["server.key", "server.pub"]);
    assertEquals(Deno.readTextFileSync(`${folder}/server.key`), "the old one");
  });
});

Deno.test("makeKeyPair() never makes a key that looks like a comment", () => {
  for (let i = 0; i < 300; i++) {
    const { public_key, secret_key } = makeKeyPair();
    assert(!public_key.startsWith("#") && !secret_key.startsWith("#"));
  }
});
