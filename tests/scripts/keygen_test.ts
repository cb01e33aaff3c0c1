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
    for (const args of [[], ["toString"], ["client"], ["server", "x"], ["server", "--froce"]]) {
      assertEquals((await keygen(folder, args)).code, 2, args.join(" "));
    }
  });
});

Deno.test("makeKeyPair() never makes a key that looks like a comment", () => {
  for (let i = 0; i < 300; i++) {
    const { public_key, secret_key } = makeKeyPair();
    assert(!public_key.startsWith("#") && !secret_key.startsWith("#"));
  }
});
