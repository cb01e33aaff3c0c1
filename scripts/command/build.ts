/** Builds the operators' command: what runs with Deno and libzmq alone. */
import { bundle } from "./bundle.ts";
import { runCommand } from "../lib/command_line.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { readPage } from "../monitor/page.ts";
import { buildTypes } from "./build_types.ts";
import { about, PLACES } from "./place.ts";
import { BuildError, buildScripts } from "../build.ts";

const USAGE = `Usage: scripts/deno task build:command

  Bundles the operators' command into build/command/, and what filters import into build/types/.
  Both run without the project's sources, wherever they lie beside each other, and a Deno called
  deno: build/command/janus-zeromq starts it, also through a link.

  -h, --help  Shows this.
`;

/** The folder, below the project's. */
export const FOLDER = "build/command";

/** Builds it. @throws {BuildError} */
export async function buildCommand(): Promise<void> {
  const folder = `${PROJECT_ROOT}/${FOLDER}`;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${folder}/templates`, { recursive: true });
  await bundle(["scripts/command/main.ts", "scripts/command/worker.ts"], [
    // No chunks: their names and what is in them follow from where the project lies.
    "--outdir",
    FOLDER,
  ]);
  const { imports } = buildScripts();
  await Deno.copyFile(`${PROJECT_ROOT}/${imports}`, `${folder}/imports.json`);
  await Deno.writeTextFile(`${folder}/page.html`, await readPage());
  await Deno.copyFile(PLACES.events, `${folder}/events.jsonl`);
  for await (const { name } of Deno.readDir(PLACES.templates)) {
    await Deno.copyFile(`${PLACES.templates}/${name}`, `${folder}/templates/${name}`);
  }
  await Deno.copyFile(`${PROJECT_ROOT}/scripts/command/launcher.sh`, `${folder}/janus-zeromq`);
  await Deno.chmod(`${folder}/janus-zeromq`, 0o755);
  await Deno.writeTextFile(`${folder}/about.json`, `${JSON.stringify(await about())}\n`);
  await buildTypes();
}

async function run(): Promise<number> {
  await buildCommand();
  let size = 0;
  for await (const { name, isFile } of Deno.readDir(`${PROJECT_ROOT}/${FOLDER}`)) {
    if (isFile) size += (await Deno.stat(`${PROJECT_ROOT}/${FOLDER}/${name}`)).size;
  }
  console.log(`${FOLDER}/ (${(size / 1024).toFixed(0)} KiB)`);
  return 0;
}

if (import.meta.main) Deno.exit(await runCommand({ usage: USAGE, known: [BuildError], run }));
