/** What `deno publish` would send: all that each package needs, and no more. */
import { PROJECT_ROOT } from "../scripts/lib/project.ts";
import { capture } from "../scripts/lib/run.ts";
import { assert, assertEquals } from "./assert.ts";

/** The packages, one within the other, and what each ships beside modules. */
const PACKAGES = [
  {
    name: "the main package",
    folder: PROJECT_ROOT,
    papers: ["CHANGELOG.md", "LICENSE", "README.md", "deno.json"],
  },
  {
    name: "the ZeroMQ package",
    folder: `${PROJECT_ROOT}/ffi/zmq`,
    papers: ["LICENSE", "README.md", "deno.json"],
  },
];

async function deno(
  folder: string,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  const options = { cwd: folder, env: { NO_COLOR: "1" }, timeout: 60_000 };
  const output = await capture(Deno.execPath(), args, options);
  assert(output !== undefined);
  assertEquals(output.code, 0, output.stderr);
  return output;
}

async function readConfig(folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
}

/** The files that would be published, below the package's folder. */
async function published(folder: string): Promise<string[]> {
  const { stderr } = await deno(folder, "publish", "--dry-run", "--allow-dirty");
  const files = stderr.matchAll(/^\s*(file:\S+) \([^)]*\)$/gm);
  return [...files].map(([, url]) => decodeURIComponent(new URL(url!).pathname))
    .map((path) => path.slice(folder.length + 1)).sort();
}

/** The folder of the package that a file belongs to. */
function packageOf(path: string): string | undefined {
  return PACKAGES.map(({ folder }) => folder).findLast((folder) => path.startsWith(`${folder}/`));
}

/** The modules of its own that a package's exports lead to, below its folder. */
async function needed(folder: string): Promise<string[]> {
  const { exports } = await readConfig(folder);
  const entries = typeof exports === "string" ? [exports] : Object.values(exports as object);
  const found = new Set<string>();
  for (const entry of entries) {
    const { modules } = JSON.parse((await deno(folder, "info", "--json", entry)).stdout);
    for (const { specifier } of modules as readonly { specifier: string }[]) {
      const path = decodeURIComponent(new URL(specifier).pathname);
      if (packageOf(path) === folder) found.add(path.slice(folder.length + 1));
    }
  }
  return [...found];
}

for (const { name, folder, papers } of PACKAGES) {
  Deno.test(`${name} publishes what it needs, and no more`, async () => {
    assertEquals(await published(folder), [...papers, ...await needed(folder)].sort());
    assertEquals((await readConfig(folder)).license, "GPL-3.0-only");
  });
}

Deno.test("both packages have the same version", async () => {
  const [main, zmq] = await Promise.all(PACKAGES.map(({ folder }) => readConfig(folder)));
  assertEquals(main!.version, zmq!.version);
});
