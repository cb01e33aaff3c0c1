/** Floods of guessed passwords: users who are not remembered get in all the same, before and after a restart. */
import { setTimeout as sleep } from "node:timers/promises";
import { Flag, Option, SocketType } from "../../ffi/zmq/constants.ts";
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

/** A user's connection, over which a request is on its way. */
function connect(context: ThinContext, endpoint: string, name: string): ThinSocket {
  const socket = new ThinSocket(context, SocketType.DEALER);
  socket.setInt(Option.LINGER, 0);
  socket.setBytes(Option.PLAIN_USERNAME, name);
  socket.setBytes(Option.PLAIN_PASSWORD, PASSWORD);
  socket.connect(endpoint);
  socket.send(new TextEncoder().encode('{"janus":"info","transaction":"1"}'), 0);
  return socket;
}

/** Milliseconds until there is an answer; Infinity if that takes too long. */
async function answered(socket: ThinSocket): Promise<number> {
  const begun = performance.now();
  const answer = new Uint8Array(new ArrayBuffer(65_536));
  while (socket.recv(answer, Flag.DONTWAIT) < 0) {
    if (performance.now() - begun > PATIENCE) return Infinity;
    await sleep(5);
  }
  return performance.now() - begun;
}

/** The same over a new connection. */
async function timeOf(context: ThinContext, endpoint: string, name: string): Promise<number> {
  using socket = connect(context, endpoint, name);
  return await answered(socket);
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
    Deno.kill(fixture.pid("transport"), "SIGKILL");
    await fixture.ready("transport", since);
    for (const name of ["cid", "ann"]) {
      const took = await timeOf(context, api, name);
      assert(took < PATIENCE, `${name} waited for ${took} ms after the restart`);
    }
  });
}

Deno.test("who was let in before gets in from the guesser's own address, also after a restart", async () => {
  const line = () => makeUserLine("ann", new TextEncoder().encode(PASSWORD));
  await using fixture = await Fixture.start({
    files: { users: await line() },
    settings: { transport: { security: { mechanism: "plain", users: "users" } } },
  });
  using context = new ThinContext();
  const { api } = fixture.janus.endpoints;
  assert(await timeOf(context, api, "ann") < PATIENCE);
  await using _flood = new Flood("127.0.0.1", fixture.janus.ports.api, "*");
  await sleep(1500);
  using standing = connect(context, api, "ann");
  assert(await answered(standing) < 1000);
  // The password is another one now: not remembered, but whose it is has been right before.
  await Deno.writeTextFile(`${fixture.janus.folder}/configs/users`, await line());
  const took = await timeOf(context, api, "ann");
  assert(took < PATIENCE, `waited for ${took} ms`);
  const since = fixture.janus.log.count;
  Deno.kill(fixture.pid("transport"), "SIGKILL");
  await fixture.ready("transport", since);
  const after = await timeOf(context, api, "ann");
  assert(after < PATIENCE, `waited for ${after} ms after the restart`);
  assertEquals(fixture.complaints("ERR", "transport").slice(1), []);
});
