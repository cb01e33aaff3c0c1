/** Floods of guessed passwords: users who are not remembered get in all the same, before and after a restart. */
import { setTimeout as sleep } from "node:timers/promises";
import { Option, SocketType } from "../../ffi/zmq/constants.ts";
import { ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import { makeUserLine } from "../../plugins/host/security/passwords.ts";
import { assert, assertEquals } from "../assert.ts";
import { Fixture } from "../janus/support/fixture.ts";

const GUESSER = new URL("support/guesser.py", import.meta.url).pathname;
const PASSWORD = "open sesame";
/** How long (ms) a user may have to wait. */
const PATIENCE = 3000;

/** A flood that lasts until it is disposed of. */
class Flood implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  constructor(from: string, port: number, user: string) {
    this.#process = new Deno.Command("/usr/bin/python3", {
      args: [GUESSER, from, "127.0.0.1", `${port}`, user, "30"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close();
    const { stdout } = await this.#process.output();
    const made = Number(new TextDecoder().decode(stdout));
    assert(made > 500, `${made} guesses are no flood`);
  }
}

/** Milliseconds until a user is answered over a new connection; Infinity if that takes too long. */
async function timeOf(context: ThinContext, endpoint: string, name: string): Promise<number> {
  using socket = new ThinSocket(context, SocketType.DEALER);
  socket.setInt(Option.LINGER, 0);
  socket.setBytes(Option.PLAIN_USERNAME, name);
  socket.setBytes(Option.PLAIN_PASSWORD, PASSWORD);
  const begun = performance.now();
  socket.connect(endpoint);
  socket.send(new TextEncoder().encode('{"janus":"info","transaction":"1"}'), 0);
  const answer = new Uint8Array(new ArrayBuffer(65_536));
  while (socket.recv(answer, 1) < 0) {
    if (performance.now() - begun > PATIENCE) return Infinity;
    await sleep(5);
  }
  return performance.now() - begun;
}

for (const guessed of ["ann", "*"]) {
  const names = guessed === "*" ? "many names" : "a user's own name";
  Deno.test(`guesses at ${names} from another address keep no user out, also after a restart`, async () => {
    const users = await Promise.all(
      ["ann", "bob", "cid"].map((name) => makeUserLine(name, new TextEncoder().encode(PASSWORD))),
    );
    await using fixture = await Fixture.start({
      files: { users: `${users.join("\n")}\n` },
      settings: { transport: { security: { mechanism: "plain", users: "users" } } },
    });
    using context = new ThinContext();
    const { api } = fixture.janus.endpoints;
    const port = fixture.janus.ports.api;
    await using _flood = new Flood("127.0.0.2", port, guessed);
    await sleep(2000);
    for (const name of ["ann", "bob"]) {
      const took = await timeOf(context, api, name);
      assert(took < PATIENCE, `${name} waited for ${took} ms`);
    }
    const since = fixture.janus.log.count;
    Deno.kill(fixture.isolate("transport"), "SIGKILL");
    await fixture.ready("transport", since);
    for (const name of ["cid", "ann"]) {
      const took = await timeOf(context, api, name);
      assert(took < PATIENCE, `${name} waited for ${took} ms after the restart`);
    }
  });
}

Deno.test("who was let in before gets in from the guesser's own address", async () => {
  const users = await makeUserLine("ann", new TextEncoder().encode(PASSWORD));
  await using fixture = await Fixture.start({
    files: { users },
    settings: { transport: { security: { mechanism: "plain", users: "users" } } },
  });
  using context = new ThinContext();
  const { api } = fixture.janus.endpoints;
  assert(await timeOf(context, api, "ann") < PATIENCE);
  await using _flood = new Flood("127.0.0.1", fixture.janus.ports.api, "bob");
  await sleep(1500);
  assert(await timeOf(context, api, "ann") < 1000);
  // The password is another one now: not remembered, but whose it is has been right before.
  const folder = `${fixture.janus.folder}/configs`;
  await Deno.writeTextFile(
    `${folder}/users`,
    await makeUserLine("ann", new TextEncoder().encode(PASSWORD)),
  );
  const took = await timeOf(context, api, "ann");
  assert(took < PATIENCE, `waited for ${took} ms`);
  assertEquals(fixture.complaints("ERR", "transport"), []);
});
