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
      node: `return (await import("node:fs")).readFileSync("/etc/passwd", "utf8");`,
      proc: `return Deno.readTextFileSync("/proc/self/environ");`,
      write: `return Deno.writeTextFileSync("/tmp/filter-was-here", "x");`,
      net: `return await Deno.connect({ hostname: "127.0.0.1", port: 9 });`,
      fetch: `return await (await fetch("http://127.0.0.1:9/")).text();`,
      listen: `return Deno.listen({ port: 0 });`,
      env: `return Deno.env.get("HOME");`,
      node_env: `return (await import("node:process")).env.HOME ?? Deno.env.toObject().HOME;`,
      run: `return new Deno.Command("true").outputSync();`,
      import: `return await import("file:///etc/hostname" + "");`,
      worker: `const code = "self.postMessage(Deno.permissions.querySync({ name: 'read' }).state)";
        const worker = new Worker("data:application/javascript," + encodeURIComponent(code), { type: "module" });
        const state = await new Promise((resolve) => worker.onmessage = (m) => resolve(m.data));
        worker.terminate();
        if (state === "granted") return state;
        throw new Error("denied");`,
    }),
  }, { config: { timeout: 20_000 } });
  const [came] = await rig.events(event(4)) as Record<string, unknown>[];
  assert(typeof came === "object", rig.lines.join("\n") + rig.supervisor.log().join("\n"));
  const did = Object.entries(came!).filter(([, text]) => String(text).startsWith("did"));
  assertEquals(did, []);
  for (const name of ["ffi", "read", "net", "env", "run", "write"]) {
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
  Deno.env.set("FILTER_TEST", "seen");
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
    permissions: { net: [`127.0.0.1:${server.addr.port}`], read: [folder], env: ["FILTER_TEST"] },
  });
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

Deno.test("imports give nothing that reading would not, however they are written", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/server.key`, "secret");
  await Deno.writeTextFile(`${folder}/secret.json`, '{"secret":1}');
  await Deno.writeTextFile(`${folder}/secret.ts`, "export default 1;");
  const data = (code: string) => `data:application/javascript,${encodeURIComponent(code)}`;
  for (
    const text of [
      `import key from "${folder}/server.key" with { type: "text" };`,
      `import key from "${folder}/secret.json" with { type: "json" };`,
      `import key from "${folder}/secret.ts";`,
      `import key from "file://${folder.replaceAll("/", "/./")}/secret.ts";`,
      `import key from "file://${folder}/secr\\u0065t.ts";`,
      `export { default as key } from "${folder}/secret.ts"; const key = 1;`,
      `import key from "${data(`export { default } from "file://${folder}/secret.ts"`)}";`,
      'const odd = `/*`; import key from "' + folder + '/secret.ts"; const end = `*/`;',
      'const odd = /[/*]/; import key from "' + folder + '/secret.ts"; const end = /[*/]/;',
      `const key = await import("${folder}/secret" + ".ts");`,
    ]
  ) {
    await using rig = await Rig.make({
      "spy.ts": `${text}
import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
export default defineEventFilter({ name: "spy", events: ["all"], filter: () => ({ type: 4, key }) });`,
    });
    assertEquals(await rig.events(event(4)), ["unchanged"], text);
    assertMatch(await rig.line(/is not used/), /read access|NotCapable/, text);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what lies beside a module can be imported; a comment is no import", async () => {
  await using rig = await Rig.make({
    "fine.ts": `// import key from "/etc/x.key"\n/* import "/etc/x" with { type: "text" } */
      import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
      import table from "./table.json" with { type: "json" };
      export default defineEventFilter({ name: "fine", events: ["all"], filter: () => table });`,
    "table.json": '{"type":4,"from":"json"}',
  }, { modules: ["fine.ts"] });
  assertEquals(await rig.events(event(4)), [{ type: 4, from: "json" }], rig.lines.join());
  assert(rig.states[0] === "on");
});

Deno.test("a module that is a link is loaded, as all of a Kubernetes ConfigMap are, and reloaded", async () => {
  const module = (n: number) =>
    `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
import { other } from "./other.ts";
export default defineEventFilter({ name: "linked", events: ["all"], filter: () => ({ type: 4, n: ${n}, other }) });`;
  await using rig = await Rig.make({}, { modules: ["linked.ts"] });
  const version = async (n: number) => {
    await Deno.mkdir(`${rig.folder}/..v${n}`);
    await Deno.writeTextFile(`${rig.folder}/..v${n}/linked.ts`, module(n));
    await Deno.writeTextFile(`${rig.folder}/..v${n}/other.ts`, `export const other = ${n};`);
    await Deno.symlink(`..v${n}`, `${rig.folder}/..new`);
    await Deno.rename(`${rig.folder}/..new`, `${rig.folder}/..data`);
  };
  await version(1);
  for (const name of ["linked.ts", "other.ts"]) {
    await Deno.symlink(`..data/${name}`, `${rig.folder}/${name}`);
  }
  await rig.until("it to be used", () => rig.states[0] === "on");
  assertEquals(await rig.events(event(4)), [{ type: 4, n: 1, other: 1 }]);
  await version(2);
  await rig.line(/Reloaded: "linked"/);
  assertEquals(await rig.events(event(4)), [{ type: 4, n: 2, other: 2 }]);
});
