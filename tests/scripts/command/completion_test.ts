/** The completion, as bash runs it. */
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { withFiles } from "../../folder.ts";
import { finish } from "../task.ts";
import { runCommand } from "./run.ts";

/** What bash would offer for a line whose last word is to be completed. */
async function offers(folder: string, ...words: string[]): Promise<string[]> {
  const script = `source ./completion
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _janus_zeromq; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-uc", script, "bash", "janus-zeromq", ...words],
    cwd: folder,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, decode(stderr)], [0, ""]);
  return decode(stdout).trim().split("\n").sort();
}

Deno.test("bash completes commands, options and files", async () => {
  const { code, stdout } = await runCommand(["completion", "bash"]);
  assertEquals(code, 0);
  await withFiles({ completion: stdout, "my keys.key": "", "my.jcfg": "" }, async (folder) => {
    assertEquals(await offers(folder, "ke"), ["keygen"]);
    assertEquals(await offers(folder, "filter", ""), ["--help", "new", "try"]);
    assertEquals(await offers(folder, "events", "read", "--fo"), ["--follow"]);
    assertEquals(await offers(folder, "keygen", ""), ["client", "server", "user"]);
    assertEquals(await offers(folder, "check", "my"), ["my keys.key", "my.jcfg"]);
    assertEquals(await offers(folder, "monitor", "--key", "my k"), ["my keys.key"]);
    assertEquals(await offers(folder, "monitor", "--listen", ""), [""]);
    assertEquals(await offers(folder, "completion", ""), ["bash"]);
    assert((await offers(folder, "")).includes("events"));
  });
});

Deno.test("Tab completes in a shell that people type in", async () => {
  const { stdout } = await runCommand(["completion", "bash"]);
  await withFiles({ completion: stdout, "server.pub": "" }, async (folder) => {
    const shell = new Deno.Command("script", {
      args: ["-qec", "bash --norc --noprofile -i", "/dev/null"],
      cwd: folder,
      env: { TERM: "dumb" },
      ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
    }).spawn();
    const typed = shell.stdin.getWriter();
    await typed.write(new TextEncoder().encode(
      'source ./completion; janus-zeromq() { echo "got <$*>"; }\n' +
        "janus-zeromq events rea\t--foll\t--ca serv\t\nexit\n",
    ));
    typed.releaseLock();
    const { stdout } = await finish(shell);
    assertStringIncludes(stdout, "got <events read --follow --ca server.pub>");
  });
});
