/** What the plugin's process gives up once it has read what it reads once: in a process that has as few rights. */
import { assertEquals } from "../../../assert.ts";

const CONFIG = new URL("../../../../deno.json", import.meta.url).pathname;
const AUTHENTICATOR =
  new URL("../../../../plugins/host/security/authenticator.ts", import.meta.url).href;

/** Gives up files in a process that may read `readable`. @returns what was kept, and what can still be read */
async function giveUp(readable: readonly string[], configs: readonly Record<string, string>[]) {
  const folder = Deno.makeTempDirSync({ prefix: "files-" });
  try {
    Deno.mkdirSync(`${folder}/keys`);
    for (const name of ["server.key", "server.pub", "users", "keys/ann.pub", "keys/server.key"]) {
      Deno.writeTextFileSync(`${folder}/${name}`, name);
    }
    const program = `${folder}/program.js`;
    const code = `import { giveUpFiles } from ${JSON.stringify(AUTHENTICATOR)};
      const [folder, configs] = Deno.args;
      const kept = giveUpFiles(folder, JSON.parse(configs));
      const read = (name) => { try { return Deno.readTextFileSync(folder + "/" + name); } catch { return null; } };
      const names = ["server.key", "keys/../server.key", "server.pub", "users", "keys/ann.pub", "keys/server.key", "program.js"];
      console.log(JSON.stringify({ kept: kept.map((path) => path.slice(folder.length + 1)), read: names.map(read).filter((name) => name !== null) }));`;
    Deno.writeTextFileSync(program, code);
    const allowed = readable.map((name) => `${folder}/${name}`).join(",");
    const whole = configs.map((config) => ({ secret_key: "", clients: "", users: "", ...config }));
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--no-prompt",
        `--config=${CONFIG}`,
        `--allow-read=${allowed}`,
        program,
        folder,
        JSON.stringify(whole),
      ],
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (text === "") throw new Error(new TextDecoder().decode(stderr));
    return JSON.parse(text);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("with curve, what is left to read is the clients", async () => {
  const config = { mechanism: "curve", secret_key: "server.key", clients: "keys", users: "users" };
  const readable = ["server.key", "server.pub", "keys", "users"];
  assertEquals(await giveUp(readable, [config]), {
    kept: [],
    read: ["keys/ann.pub", "keys/server.key"],
  });
});

Deno.test("with plain, what is left to read are the users", async () => {
  const config = { mechanism: "plain", secret_key: "server.key", clients: "keys", users: "users" };
  assertEquals(await giveUp(["server.key", "server.pub", "keys", "users"], [config]), {
    kept: [],
    read: ["users"],
  });
});

Deno.test("without a mechanism nothing is left; what one API needs is kept for it", async () => {
  const off = { mechanism: "null", users: "users", secret_key: "server.key" };
  assertEquals(await giveUp(["server.key", "server.pub", "users"], [off]), { kept: [], read: [] });
  const plain = { mechanism: "plain", users: "users" };
  assertEquals(await giveUp(["server.key", "server.pub", "users"], [off, plain]), {
    kept: [],
    read: ["users"],
  });
});

Deno.test("a secret key within the folder of clients cannot be given up without it, which is said", async () => {
  const config = { mechanism: "curve", secret_key: "keys/server.key", clients: "keys/" };
  assertEquals(await giveUp(["keys/server.key", "keys/"], [config]), {
    kept: ["keys/server.key", "keys/server.pub"],
    read: ["keys/ann.pub", "keys/server.key"],
  });
});
