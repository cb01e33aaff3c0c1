import {
  findLayerViolations,
  findTextViolations,
  type ImportEdge,
  readImports,
} from "../../../scripts/check/layers.ts";
import { assertEquals, assertRejects } from "../../assert.ts";

function violators(...edges: [from: string, to: string][]): string[] {
  return findLayerViolations(edges.map(([from, to]): ImportEdge => ({ from, to })))
    .map((one) => one.file);
}

Deno.test("imports that run downward are fine", () => {
  assertEquals(
    violators(
      ["plugins/janus/events.ts", "plugins/janus/ids.ts"],
      ["plugins/sdk/filter.ts", "plugins/janus/events.ts"],
      ["plugins/transport/peer_table.ts", "plugins/janus/ids.ts"],
      ["plugins/events/filter.ts", "plugins/sdk/filter.ts"],
      ["plugins/client/client.ts", "ffi/zmq/thin.ts"],
      ["plugins/events/pipeline.ts", "ffi/bridge/link.ts"],
      ["plugins/host/transport.ts", "plugins/transport/peer_table.ts"],
      ["plugins/host/config/load.ts", "plugins/host/config/schema.ts"],
      ["plugins/host/config/load.ts", "ffi/zmq/thin.ts"],
      ["plugins/monitor/sources/admin.ts", "plugins/client/admin.ts"],
      ["mod.ts", "plugins/sdk/filter.ts"],
      ["scripts/demonstration/main.ts", "ffi/zmq/thin.ts"],
      ["tests/scripts/lib/a_test.ts", "scripts/lib/a.ts"],
      ["ffi/zmq/deep/a.ts", "ffi/zmq/error.ts"],
      ["ffi/zmq/tests/a_test.ts", "ffi/zmq/error.ts"],
      ["ffi/zmq/tests/a_test.ts", "tests/assert.ts"],
    ),
    [],
  );
});

Deno.test("imports that run upward or sideways are named", () => {
  const wrong: [string, string][] = [
    ["plugins/janus/events.ts", "plugins/sdk/filter.ts"],
    ["plugins/janus/events.ts", "ffi/zmq/thin.ts"],
    ["plugins/sdk/filter.ts", "ffi/zmq/error.ts"],
    ["plugins/sdk/filter.ts", "plugins/host/log.ts"],
    ["plugins/transport/peer_table.ts", "plugins/events/topics.ts"],
    ["plugins/events/topics.ts", "plugins/client/client.ts"],
    ["plugins/client/client.ts", "plugins/host/config/schema.ts"],
    ["plugins/monitor/model.ts", "plugins/events/topics.ts"],
    ["plugins/client/client.ts", "plugins/monitor/wire.ts"],
    ["plugins/transport/peer_table.ts", "mod.ts"],
    ["ffi/zmq/thin.ts", "ffi/bridge/link.ts"],
    ["ffi/bridge/link.ts", "ffi/zmq/thin.ts"],
    ["ffi/zmq/thin.ts", "plugins/janus/ids.ts"],
    ["ffi/zmq/thin.ts", "ffi/zmq/tests/helpers.ts"],
    ["plugins/host/main.ts", "scripts/lib/run.ts"],
    ["mod.ts", "scripts/lib/run.ts"],
    ["mod.ts", "tests/assert.ts"],
  ];
  assertEquals(violators(...wrong), wrong.map(([from]) => from));
});

Deno.test("mod.ts may hold re-exports by name and nothing else", () => {
  const fine = `/** What users import. */
export { a, type B } from "./plugins/sdk/a.ts";
// a comment
export type { C } from './ffi/zmq/c.ts'
`;
  assertEquals(findTextViolations("mod.ts", fine), []);
  for (const wrong of ['export * from "./a.ts";', "export const a = 1;", 'import "./a.ts";']) {
    assertEquals(findTextViolations("mod.ts", `${fine}${wrong}\n`).length, 1, wrong);
  }
});

Deno.test("Janus's data and the SDK open no library, whatever their comments say", () => {
  const code = 'const library = Deno.dlopen("x", {});';
  assertEquals(findTextViolations("plugins/janus/a.ts", code).length, 1);
  assertEquals(findTextViolations("plugins/sdk/a.ts", "new Deno.UnsafePointerView(p)").length, 1);
  assertEquals(findTextViolations("plugins/sdk/a.ts", `// ${code}`), []);
  assertEquals(findTextViolations("ffi/zmq/a.ts", code), []);
});

Deno.test("readImports() sees types, dynamic imports and mapped names, and planted violations", async () => {
  const root = await plant({
    "deno.json": '{ "imports": { "sdk": "./plugins/sdk/a.ts" } }',
    "plugins/janus/a.ts": 'export type { B } from "../host/b.ts";\n',
    "plugins/sdk/a.ts": "export const a = 1;\n",
    "plugins/host/b.ts": "export type B = string;\n",
    "plugins/events/c.ts": 'export const load = () => import("../transport/d.ts");\n',
    "plugins/transport/d.ts":
      '// import "../host/b.ts"\nimport { a } from "sdk";\nconsole.log(a);\n',
  });
  try {
    const paths = ["janus/a", "sdk/a", "host/b", "events/c", "transport/d"];
    const edges = await readImports(root, paths.map((path) => `plugins/${path}.ts`));
    assertEquals(edges.map(({ from, to }) => `${from} ${to}`).sort(), [
      "plugins/events/c.ts plugins/transport/d.ts",
      "plugins/janus/a.ts plugins/host/b.ts",
      "plugins/transport/d.ts plugins/sdk/a.ts",
    ]);
    assertEquals(findLayerViolations(edges).map((one) => one.file).sort(), [
      "plugins/events/c.ts",
      "plugins/janus/a.ts",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("readImports() refuses an import that names no file", async () => {
  const root = await plant({ "deno.json": "{}", "ffi/zmq/a.ts": 'import "./gone.ts";\n' });
  try {
    await assertRejects(() => readImports(root, ["ffi/zmq/a.ts"]), Error, "gone.ts");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

async function plant(files: Record<string, string>): Promise<string> {
  const root = await Deno.makeTempDir();
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
  return root;
}
