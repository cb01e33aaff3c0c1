/** A connection that is refused, or ends, ends nothing else; and the program's own errors stay its own. */
import { assertEquals, assertStringIncludes } from "../../assert.ts";
import { NatsServer } from "./server.ts";

const MODULE = new URL("../../../plugins/stream/", import.meta.url).href;

/** Runs a program that nobody catches anything for. */
async function run(code: string) {
  const args = ["run", "-A", "--no-check", "--ext=ts", "-"];
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: new URL("../../..", import.meta.url).pathname,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { code: exit, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: exit, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("two hundred logins are refused: each is an error of the reader's, and none of the process", async () => {
  await using server = await NatsServer.start(() =>
    "authorization { user: janus, password: secret }"
  );
  const { code, stdout, stderr } = await run(`
    import { readEvents, StreamReadError } from "${MODULE}read/mod.ts";
    let refused = 0;
    for (let i = 0; i < 200; i++) {
      try {
        for await (const _ of readEvents({ servers: "${server.url}", user: "x", password: "y" }));
      } catch (error) {
        if (error instanceof StreamReadError) refused++;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    console.log(refused);
  `);
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "200\n", stderr: "" });
});

Deno.test("an error of the program's own ends it, also one that looks like a network's", async () => {
  await using server = await NatsServer.start();
  const { code, stderr } = await run(`
    import { connectNats } from "${MODULE}connect.ts";
    await connectNats({ servers: "${server.url}" });
    setTimeout(() => { throw Object.assign(new Error("mine"), { code: "ECONNRESET" }); }, 10);
  `);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "mine");
});

Deno.test("a reader whose login is taken back says so, once it is refused", async () => {
  const users = (password: string) => `authorization { user: janus, password: ${password} }`;
  await using server = await NatsServer.start(() => users("secret"));
  const login = `servers: "${server.url}", user: "janus", pass: "secret", password: "secret"`;
  const running = run(`
    import { readEvents } from "${MODULE}read/mod.ts";
    import { connectNats } from "${MODULE}connect.ts";
    import { jetstreamManager } from "@nats-io/jetstream";
    const nc = await connectNats({ ${login} });
    await (await jetstreamManager(nc)).streams.add({ name: "JANUS", subjects: ["janus.events.>"] });
    await nc.close();
    console.log("reads");
    try {
      for await (const _ of readEvents({ ${login}, warn: () => {} }));
    } catch (error) {
      console.log(error.name, error.message);
    }
  `);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await server.kill();
  await server.configure(users("other"));
  await server.start();
  const { code, stdout } = await running;
  assertEquals(code, 0);
  assertStringIncludes(stdout, "StreamReadError The server does not take the connection any more");
});
