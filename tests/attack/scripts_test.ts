/** Filters and hooks that do their worst, in a real Janus: nobody else's connection feels it. */
import { assert, assertEquals, assertLess } from "../assert.ts";
import { Fixture, request } from "../janus/support/fixture.ts";
import { filter, Filtered, HEAD } from "../janus/support/filtered.ts";

const WORST: Record<string, string> = {
  "loops without end": "for (;;);",
  "exits": "Deno.exit(0);",
  "never answers": "return new Promise(() => {});",
  "eats memory": "const all = []; for (;;) all.push(new Array(10_000).fill(1.5));",
  "floods its log": "for (;;) console.log('x'.repeat(1000));",
  "floods its standard error": "for (;;) Deno.stderr.writeSync(new Uint8Array(1000).fill(65));",
  "floods its standard output": "for (;;) Deno.stdout.writeSync(new Uint8Array(100_000));",
  "forges log lines": `const text = new TextEncoder().encode("x".repeat(400));
    const frame = new Uint8Array(416); new DataView(frame.buffer).setUint32(0, 408, true);
    new DataView(frame.buffer).setUint32(4, 19, true); frame.set(text, 16);
    for (;;) Deno.stdout.writeSync(frame);`,
  "starts threads":
    `for (let n = 0; n < 50; n++) new Worker("data:application/javascript,for(;;);", { type: "module" });
    for (;;);`,
};

for (const [what, body] of Object.entries(WORST)) {
  Deno.test(`a filter that ${what}: no other event is lost, no connection, and Janus answers`, async () => {
    await using f = await Filtered.start({
      "worst.ts": filter("worst", `if (data.n === 3) { ${body} } return event;`),
    }, { filters: { timeout: 500, max_memory: 64 } });
    await using sub = await f.fixture.subscribe();
    const pid = f.fixture.pid("events");
    const { janus } = f.fixture;
    const begun = janus.log.count;
    for (let n = 0; n < 8; n++) await f.fixture.emit({ n });
    // Janus's own threads wait for nothing.
    const asked = performance.now();
    assertEquals((await f.fixture.admin("ping")).janus, "pong");
    assertLess(performance.now() - asked, 2000);
    assertEquals((await f.mark(sub)).map(({ event }) => event.data.n), [0, 1, 2, 3, 4, 5, 6, 7]);
    assertEquals(f.fixture.pid("events"), pid);
    await f.line(/Filter "worst" .*the event passes without it/);
    assertLess(janus.log.count - begun, 1500);
  });
}

Deno.test("a filter that ends every time: what it does not want goes out, and it is disabled", async () => {
  await using f = await Filtered.start({
    "worst.ts": `${HEAD}Deno.exit(1);`,
    "fine.ts": filter("fine", "data.fine = true; return event;"),
  });
  await using sub = await f.fixture.subscribe();
  assertEquals((await f.numbered(sub, 3)).map(({ event }) => event.data.fine), [true, true, true]);
  await f.line(/worst\.ts is not used, until its file changes: its process exited with code 1/);
});

const HOOK = (body: string) =>
  `import { defineTransportHook } from "@janus-zeromq/janus-zeromq";
export default defineTransportHook({ name: "worst",
  onRequest(request: any, ctx) { if (request.bad) { ${body} } return null; } });`;

for (const what of ["loops without end", "exits", "floods its standard output", "starts threads"]) {
  Deno.test(`a hook that ${what}: its own request is refused, all others are answered`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "hooks-" });
    await Deno.writeTextFile(`${folder}/worst.ts`, HOOK(WORST[what]!));
    await using fixture = await Fixture.start({
      admin: true,
      settings: { transport: { hooks: { modules: [`${folder}/worst.ts`], timeout: 400 } } },
    });
    const pid = await fixture.ready("transport", 0);
    const clients = [0, 1, 2].map(() => fixture.connect("DEALER"));
    for (const client of clients) assertEquals((await fixture.ask(client, "ping")).janus, "pong");
    const session_id = (await fixture.ask(clients[0]!, "create")).data.id;
    clients[1]!.send(request("ping", { bad: true }));
    for (const client of clients) client.send(request("ping"));
    assertEquals((await clients[1]!.json()).error.code, 490);
    for (const client of clients) assertEquals((await client.json()).janus, "pong");
    // Connections, and the sessions that hang on them, are as they were.
    assertEquals((await fixture.ask(clients[0]!, "keepalive", { session_id })).janus, "ack");
    assertEquals(fixture.pid("transport"), pid);
    for (const client of clients) await client.close();
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("killing the modules' process loses no event", async () => {
  await using f = await Filtered.start({
    "slow.ts": filter(
      "slow",
      "for (const end = Date.now() + 2; Date.now() < end;); data.seen = true; return event;",
    ),
  });
  await using sub = await f.fixture.subscribe();
  const children = () => {
    const { stdout } = new Deno.Command("ps", {
      args: ["-o", "pid=,args=", "--ppid", String(f.fixture.janus.pid)],
    }).outputSync();
    return new TextDecoder().decode(stdout).split("\n").filter((line) =>
      line.includes("import-map")
    )
      .map((line) => Number.parseInt(line));
  };
  let kills = 0;
  const emit = (async () => {
    for (let n = 0; n < 200; n++) await f.fixture.emit({ n });
  })();
  for (; kills < 2; kills++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const pid of children()) Deno.kill(pid, "SIGKILL");
  }
  await emit;
  const events = await f.mark(sub);
  assertEquals(events.map(({ event }) => event.data.n), Array.from({ length: 200 }, (_, n) => n));
  const seen = events.filter(({ event }) => event.data.seen).length;
  assert(seen > 150, `${seen} were seen; ${f.fixture.janus.log.tail().join("\n")}`);
});
