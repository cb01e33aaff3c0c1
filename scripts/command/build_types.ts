/** Builds what filters and their tests import where the project's sources are not: code and types. */
import { bundle } from "./bundle.ts";
import { PROJECT_ROOT } from "../lib/project.ts";

/** The folder, below the project's. */
const FOLDER = "build/types";

/** Writes `mod.js`, which names its types, and those. @throws {BuildError} */
export async function buildTypes(): Promise<void> {
  const folder = `${PROJECT_ROOT}/${FOLDER}`;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await bundle(["mod.ts"], ["--output", `${FOLDER}/mod.js`]);
  const code = await Deno.readTextFile(`${folder}/mod.js`);
  await Deno.writeTextFile(
    `${folder}/mod.js`,
    `// @ts-self-types="./source/mod.ts"\n${code}`,
  );
  await copySources(folder);
}

/** The types are those of the sources: as the package publishes them, with ZeroMQ's beside. */
async function copySources(folder: string): Promise<void> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "mod.ts"],
    cwd: PROJECT_ROOT,
    stderr: "inherit",
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(output.stdout)) as {
    readonly modules: readonly { readonly specifier: string }[];
  };
  for (const { specifier } of modules) {
    const path = decodeURIComponent(new URL(specifier).pathname);
    if (!path.startsWith(`${PROJECT_ROOT}/`)) continue;
    const below = path.slice(PROJECT_ROOT.length + 1);
    const to = `${folder}/source/${below}`;
    await Deno.mkdir(to.replace(/\/[^/]*$/, ""), { recursive: true });
    const depth = below.split("/").length - 1;
    const zmq = `${depth === 0 ? "./" : "../".repeat(depth)}ffi/zmq/mod.ts`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(to, text.replaceAll('"@janus-zeromq/zmq"', `"${zmq}"`));
  }
}
