/** A filter can do nothing but compute, unless it is allowed by name. */
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { event, Rig } from "./support.ts";

/** A module that tries things and tells what came of each. */
function trying(tries: Record<string, string>): string {
  const cases = Object.entries(tries).map(([name, body]) =>
    `${JSON.stringify(name)}: async () => { ${body} }`
  );
  return `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
const tries: Record<string, () => Promise<unknown>> = { ${cases.join(",\n")} };
export default defineEventFilter({ name: "tries", events: ["all"], async filter(event: any) {
  for (const [name, run] of Object.entries(tries)) {
    try { event[name] = "did: " + await run(); } catch (error) { event[name] = (error as Error).name; }
  }
  return event; } });`;
}

Deno.test("without permissions: no FFI, files, network, environment, programs, nor more by a worker", async () => {
  await using rig = await Rig.make({
    "tries.ts": trying({
      ffi:
        `return Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } }).symbols.getpid();`,
      pointer: `return Deno.UnsafePointer.create(4096n);`,
      view: `return Deno.UnsafePointerView.getArrayBuffer(null as any, 1);`,
      read: `return Deno.readTextFileSync("/etc/passwd");`,
      self: `return Deno.readTextFileSync(new URL(import.meta.url));`,
      node: `return (await import("node:fs")).readFileSync("/etc/passwd", "utf8");`,
      proc: `return Deno.readTextFileSync("/proc/self/environ");`,
      write: `return Deno.writeTextFileSync("/tmp/filter-was-here", "x");`,
      net: `return await Deno.connect({ hostname: "127.0.0.1", port: 9 });`,
      fetch: `return await (await fetch("http://127.0.0.1:9/")).text();`,
      listen: `return Deno.listen({ port: 0 });`,
      env: `return Deno.env.get("HOME");`,
      node_env: `return (await import("node:process")).env.HOME ?? Deno.env.toObject().HOME;`,
      run: `return new Deno.Command("true").outputSync();`,
      kill: `return Deno.kill(Deno.pid, "SIGTERM");`,
      sigkill: `return Deno.kill(Deno.pid, "SIGKILL");`,
      node_kill_too: `return (await import("node:process")).default.kill(Deno.pid, "SIGKILL");`,
      abort: `return (await import("node:process")).default.abort();`,
      import: `return await import("file:///etc/hostname" + "");`,
      worker: `const code = "self.postMessage(Deno.permissions.querySync({ name: 'read' }).state)";
        const worker = new Worker("data:application/javascript," + encodeURIComponent(code), { type: "module" });
        const state = await new Promise((resolve) => worker.onmessage = (m) => resolve(m.data));
        worker.terminate();
        if (state === "granted") return state;
        throw new Error("denied");`,
      escalated:
        `return new Worker("data:application/javascript,1", { type: "module", deno: { permissions: { read: true } } } as any);`,
      message: `return (globalThis as any).postMessage("hello");`,
    }),
  }, { config: { timeout: 20_000 } });
  const [came] = await rig.events(event(4)) as Record<string, unknown>[];
  const did = Object.entries(came!).filter(([, text]) => String(text).startsWith("did"));
  assertEquals(did, []);
  for (const name of ["ffi", "read", "self", "net", "env", "run", "write"]) {
    assertEquals(came![name], "NotCapable", name);
  }
});

Deno.test("with permissions: those that are named, and no others", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("pong"),
  );
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/table.json`, '{"a":1}');
  await using rig = await Rig.make({
    "tries.ts": trying({
      fetch: `return await (await fetch("http://127.0.0.1:${server.addr.port}/")).text();`,
      other: `return await (await fetch("http://127.0.0.1:9/")).text();`,
      read: `return Deno.readTextFileSync("${folder}/table.json");`,
      passwd: `return Deno.readTextFileSync("/etc/passwd");`,
      env: `return Deno.env.get("FILTER_TEST");`,
      home: `return Deno.env.get("HOME");`,
    }),
  }, {
    config: {
      permissions: { net: [`127.0.0.1:${server.addr.port}`], read: [folder], env: ["FILTER_TEST"] },
    },
  });
  Deno.env.set("FILTER_TEST", "seen");
  const [came] = await rig.events(event(4)) as Record<string, unknown>[];
  const { fetch, other, read, passwd, env, home } = came!;
  assertEquals({ fetch, read, env }, {
    fetch: "did: pong",
    read: 'did: {"a":1}',
    env: "did: seen",
  });
  assertEquals([other, passwd, home], ["TypeError", "NotCapable", "NotCapable"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("imports give nothing that reading would not", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/server.key`, "secret");
  await Deno.writeTextFile(`${folder}/secret.json`, '{"secret":1}');
  for (
    const [text, reason] of [
      [
        `import key from "${folder}/server.key" with { type: "text" };`,
        /imports something as text, not as a module/,
      ],
      [`import key from "${folder}/server.key";`, /imports .*server\.key, which is no module/],
      [
        `import key from "file://${folder}/secret.json" with { type: "json" };`,
        /which is not below the folder of a module/,
      ],
      [
        `const key = await import("${folder}/secret.json", { with: { "type": "json" } });`,
        /which is not below the folder/,
      ],
      [`import key from "./x\\u002ejson" with { type: "json" };`, /which is no module/],
    ] as const
  ) {
    await using rig = await Rig.make({ "spy.ts": `${text}\nexport default key;` });
    assertEquals(await rig.events(event(4)), ["unchanged"]);
    assertMatch(await rig.line(/is not used/), reason);
  }
  // A comment is no import.
  await using rig = await Rig.make({
    "fine.ts": `// import key from "/etc/x.key"\n/* import "/etc/x" with { type: "text" } */
      import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
      import table from "./table.json" with { type: "json" };
      export default defineEventFilter({ name: "fine", events: ["all"], filter: () => table });`,
    "table.json": '{"type":4,"from":"json"}',
  }, { modules: ["fine.ts"] });
  assertEquals(await rig.events(event(4)), [{ type: 4, from: "json" }], rig.lines.join());
  assert(rig.states[0] === "on");
  await Deno.remove(folder, { recursive: true });
});
