/** The documents say what is so: links lead somewhere, and what is named is there. */
import { posix } from "node:path";
import { allKeys, ANY_NAME, type Group } from "../../plugins/host/config/keys.ts";
import { readConfig } from "../../plugins/host/config/read.ts";
import { type PluginKind, SCHEMAS } from "../../plugins/host/config/schema.ts";
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { capture } from "../../scripts/lib/run.ts";
import { assert, assertEquals, assertLessOrEqual, assertStringIncludes } from "../assert.ts";
import { parseJcfg } from "../plugins/host/config/libconfig.ts";
import { documentAt, DOCUMENTS } from "./documents.ts";
import { runTask } from "./task.ts";

const FOLDERS = ["conf", "ffi", "plugins", "scripts", "tests"];

function exists(path: string): boolean {
  try {
    Deno.statSync(`${PROJECT_ROOT}/${path}`);
    return true;
  } catch {
    return false;
  }
}

Deno.test("the README fits into 250 lines", () => {
  assertLessOrEqual(documentAt("README.md").text.split("\n").length - 1, 250);
});

Deno.test("links in the documents lead to files and headings that are there", () => {
  const broken = DOCUMENTS.flatMap(({ path, links }) =>
    links.filter((link) => !isSound(path, link)).map((link) => `${path}: ${link}`)
  );
  assertEquals(broken, []);
});

function isSound(from: string, link: string): boolean {
  if (/^https?:/.test(link)) return true;
  const [file = "", anchor] = link.split("#");
  const path = file === "" ? from : posix.join(posix.dirname(from), file);
  if (anchor === undefined) return exists(path);
  return DOCUMENTS.find((document) => document.path === path)?.anchors.has(anchor) === true;
}

Deno.test("paths in the documents are there", () => {
  const isPath = (word: string) => /^\w+\/[\w./-]+$/.test(word) && !word.includes("...");
  const missing = DOCUMENTS.flatMap(({ path, words }) =>
    words.filter((word) => FOLDERS.includes(word.split("/")[0]!) && isPath(word))
      .filter((word) => !exists(word)).map((word) => `${path}: ${word}`)
  );
  assertEquals(missing, []);
});

Deno.test("keys of the configuration in the documents are known", () => {
  const sections = Object.values(SCHEMAS).flatMap(({ keys }) => Object.keys(keys));
  const known = new Set(
    Object.values(SCHEMAS).flatMap((schema: Group) => allKeys(schema)).flatMap(({ path }) => {
      const parts = path.split(".").filter((part) => part !== ANY_NAME);
      return parts.map((_, index) => parts.slice(0, index + 1).join("."));
    }),
  );
  const current = DOCUMENTS.filter(({ path }) => path !== "CHANGELOG.md");
  const unknown = current.flatMap(({ path, words }) =>
    words.flatMap((word) => /^(\w+)\.[a-z_.]+(?= = |$)/.exec(word) ?? [])
      .filter((word) => word.includes(".") && sections.includes(word.split(".")[0]!))
      .filter((word) => !known.has(word)).map((word) => `${path}: ${word}`)
  );
  assertEquals(unknown, []);
});

Deno.test("configurations in the documents can be used", () => {
  for (const kind of ["transport", "eventhandler"] as const satisfies readonly PluginKind[]) {
    const shown = DOCUMENTS.flatMap((document) => document.code(`jcfg ${kind}`));
    assert(shown.length > 0, kind);
    for (const code of shown) {
      const tree = parseJcfg(code, SCHEMAS[kind]);
      const { warnings } = readConfig(kind, { format: "jcfg", path: "/etc/janus/shown", tree });
      assertEquals(warnings, []);
    }
  }
});

Deno.test("JSON in the documents is some", () => {
  for (const document of DOCUMENTS) {
    for (const code of document.code("json")) {
      for (const text of code.split(/\n(?=\{)/)) JSON.parse(text);
    }
  }
});

Deno.test("tasks in the documents are there", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${PROJECT_ROOT}/deno.json`)) as {
    readonly tasks: Readonly<Record<string, unknown>>;
  };
  const unknown = DOCUMENTS.flatMap(({ path, text }) =>
    [...text.matchAll(/deno task ([a-z:]+)/g)].map(([, task]) => task!)
      .filter((task) => !(task in tasks)).map((task) => `${path}: ${task}`)
  );
  assertEquals(unknown, []);
});

Deno.test("options of tasks in the documents are in their help", async () => {
  const shown = new Map<string, Set<string>>();
  for (const { text } of DOCUMENTS) {
    for (const [, task, rest] of text.matchAll(/deno task ([a-z:]+)([^`\n#|]*)/g)) {
      for (const [option] of rest!.matchAll(/--[a-z-]+/g)) {
        shown.set(task!, (shown.get(task!) ?? new Set()).add(option));
      }
    }
  }
  assert(shown.size > 3, `${[...shown.keys()]}`);
  for (const [task, options] of shown) {
    const { stdout, stderr } = await runTask(task, ["--help"], { cwd: PROJECT_ROOT });
    for (const option of options) assertStringIncludes(stdout, option, `${task}: ${stderr}`);
  }
});

Deno.test("clients in TypeScript in the documents have no type errors", async () => {
  const paths = ["README.md", "plugins/transport/README.md"];
  for (const path of paths) assert(documentAt(path).code("ts").length > 0, path);
  const output = await capture(Deno.execPath(), ["check", "--quiet", "--doc-only", ...paths], {
    cwd: PROJECT_ROOT,
    env: { NO_COLOR: "1" },
    timeout: 60_000,
  });
  assertEquals(output?.code, 0, output?.stderr);
});
