import { allKeys, ANY_NAME, type Group } from "../../../../plugins/host/config/keys.ts";
import { readConfig } from "../../../../plugins/host/config/read.ts";
import {
  renderJcfgSample,
  renderJsoncSample,
  renderSettingsHeader,
  renderTable,
} from "../../../../plugins/host/config/render.ts";
import { FILE_NAMES, type PluginKind, SCHEMAS } from "../../../../plugins/host/config/schema.ts";
import {
  generate,
  GENERATED_FILES,
  tableMarkers,
  withTable,
} from "../../../../scripts/generate/main.ts";
import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "../../../assert.ts";
import { parseJcfg } from "./libconfig.ts";

const ROOT = new URL("../../../../", import.meta.url);
const KINDS: readonly PluginKind[] = ["transport", "eventhandler"];

function sample(kind: PluginKind, format: "jcfg" | "jsonc"): string {
  return Deno.readTextFileSync(new URL(`conf/${FILE_NAMES[kind]}.${format}.sample`, ROOT));
}

/** Every key as it would be with nothing commented out. */
function uncomment(text: string): string {
  return text.replace(/^(\s*)(?:#|\/\/)(?=\S)/gm, "$1");
}

function paths(kind: PluginKind): string[] {
  return allKeys(SCHEMAS[kind]).map(({ path }) => path);
}

/** Those that a sample holds: a map is empty there, and told of in comments. */
function samplePaths(kind: PluginKind): string[] {
  return paths(kind).filter((path) => !path.includes(`.${ANY_NAME}.`));
}

function leafPaths(tree: unknown, prefix = ""): string[] {
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) return [prefix];
  return Object.entries(tree).flatMap(([name, below]) =>
    leafPaths(below, prefix === "" ? name : `${prefix}.${name}`)
  );
}

Deno.test("every generated file is fresh", () => {
  assertEquals(generate(ROOT, GENERATED_FILES, false), []);
});

for (const kind of KINDS) {
  const defaults = readConfig(kind, { format: "none" });

  Deno.test(`the ${kind} .jsonc sample yields the defaults without a warning`, () => {
    const text = sample(kind, "jsonc");
    for (const each of [text, uncomment(text)]) {
      assertEquals(readConfig(kind, { format: "jsonc", path: "sample", text: each }), defaults);
    }
  });

  Deno.test(`the ${kind} .jcfg sample passes libconfig and yields the defaults`, () => {
    const text = sample(kind, "jcfg");
    for (const each of [text, uncomment(text)]) {
      const tree = parseJcfg(each, SCHEMAS[kind]);
      assertEquals(readConfig(kind, { format: "jcfg", path: "sample", tree }), defaults);
    }
  });

  Deno.test(`the ${kind} samples and table hold the schema's keys, no more and no less`, () => {
    const tree = parseJcfg(uncomment(sample(kind, "jcfg")), SCHEMAS[kind]);
    assertEquals(leafPaths(tree), samplePaths(kind));
    const keys = [...uncomment(sample(kind, "jsonc")).matchAll(/^ {4,}"(\w+)": (?!\{)/gm)];
    const names = keys.map(([, name]) => name);
    assertEquals(names, samplePaths(kind).map((path) => path.split(".").at(-1)));
    const rows = [...renderTable(kind).matchAll(/^\| `([\w.]+)`/gm)].map(([, path]) => path);
    assertEquals(rows, paths(kind));
  });

  Deno.test(`the ${kind} samples explain every key`, () => {
    for (const { path, key } of allKeys(SCHEMAS[kind])) {
      const name = path.split(".").at(-1) ?? "";
      assert(/^[A-Z].*\.$/.test(key.doc), `${path} has no whole sentence`);
      for (
        const [text, mark] of [
          [renderJcfgSample(kind), "#"],
          [renderJsoncSample(kind), "//"],
        ] as const
      ) {
        const lines = text.split("\n").map((line) => line.trim());
        const at = lines.findIndex((line) =>
          new RegExp(`^((#|//)( {3})?)?"?${name}"?( =|:) `).test(line)
        );
        assert(at > 0, `${path} is not in the sample`);
        assertStrictEquals(lines[at - 1]?.startsWith(`${mark} `), true, `${path} has no comment`);
      }
    }
  });

  Deno.test(`conf/README.md has the ${kind} table`, async () => {
    const text = await Deno.readTextFile(new URL("conf/README.md", ROOT));
    assertStringIncludes(text, tableMarkers(kind).begin);
    assertStringIncludes(text, tableMarkers(kind).end);
  });
}

Deno.test("parseJcfg() refuses what libconfig refuses, and unknown keys", () => {
  assertThrows(() => parseJcfg("general: {", SCHEMAS.transport), SyntaxError);
  assertThrows(() => parseJcfg("general: { prot = 1 }", SCHEMAS.transport), Error, "root.general");
});

Deno.test("withTable() replaces what stands between the markers, and nothing else", () => {
  const { begin, end } = tableMarkers("transport");
  const once = withTable(`before\n${begin}\nold\n${end}\nafter\n`, "transport");
  assert(once !== null);
  assert(once.startsWith(`before\n${begin}\n\n| Key |`));
  assert(once.endsWith(`|\n\n${end}\nafter\n`));
  assertEquals(withTable(once, "transport"), once);
  assertEquals(withTable("no markers", "transport"), null);
  assertEquals(withTable(`${end} ${begin}`, "transport"), null);
});

Deno.test("generate() names what is stale and writes only if told to", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const root = new URL(`file://${folder}/`);
    await Deno.writeTextFile(new URL("fresh", root), "new");
    await Deno.writeTextFile(new URL("old", root), "old");
    const files = [
      { path: "fresh", render: () => "new" },
      { path: "old", render: (current: string | null) => (current === "old" ? "new" : current) },
      { path: "missing", render: () => "new" },
      { path: "none", render: () => null },
    ];
    assertEquals(generate(root, files, false), ["old", "missing"]);
    assertEquals(await Deno.readTextFile(new URL("old", root)), "old");
    assertEquals(generate(root, files, true), ["old", "missing"]);
    assertEquals(generate(root, files, false), []);
    assertEquals(await Deno.readTextFile(new URL("missing", root)), "new");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("renderSettingsHeader() gives the stub each runtime key", () => {
  const header = renderSettingsHeader();
  const runtime: Group = SCHEMAS.transport.keys.runtime;
  for (const [name, key] of Object.entries(runtime.keys)) {
    const macro = `#define JZ_RUNTIME_${name.toUpperCase()}`;
    assert(key.type !== "group" && key.type !== "map");
    const value = key.type === "boolean" ? Number(key.default) : JSON.stringify(key.default);
    assertStringIncludes(header, `${macro}_DEFAULT ${value}`);
    if (key.type !== "integer") continue;
    assertStringIncludes(header, `${macro}_MIN ${key.min}\n`);
    assertStringIncludes(header, `${macro}_MAX ${key.max}\n`);
  }
});
