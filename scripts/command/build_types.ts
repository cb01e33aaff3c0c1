/** Builds what filters and their tests import where the project's sources are not: `mod.ts` alone. */
import { PROJECT_ROOT } from "../lib/project.ts";
import { sourcesOf } from "./sources.ts";

/** The folder, below the project's. */
const FOLDER = "build/types";

/** Copies `mod.ts`, and what it imports, so that no import map is needed. */
export async function buildTypes(): Promise<void> {
  const folder = `${PROJECT_ROOT}/${FOLDER}`;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  for (const path of await sourcesOf("mod.ts")) {
    const to = `${folder}/${path}`;
    await Deno.mkdir(to.replace(/\/[^/]*$/, ""), { recursive: true });
    const up = "../".repeat(path.split("/").length - 1) || "./";
    const text = await Deno.readTextFile(`${PROJECT_ROOT}/${path}`);
    await Deno.writeTextFile(to, text.replaceAll('"@janus-zeromq/zmq"', `"${up}ffi/zmq/mod.ts"`));
  }
}
