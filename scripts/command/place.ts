/**
 * Where that lies which the command needs beside itself: in the project's folder, or where it is
 * installed. There everything is relative to the folder of its modules, `command/`:
 *
 * - in it: `janus-zeromq`, which starts it, `main.js`, `worker.js`, `page.html`,
 *   `templates/`, `events.jsonl`, `imports.json`, `about.json`
 * - `../types/mod.ts`: what filters import, types and all
 * - `../deno`: the Deno that runs it, else the one on PATH
 */
import { fileURLToPath } from "node:url";
import { pinnedDenoVersion, PROJECT_ROOT } from "../lib/project.ts";

/** True where the command runs without the project's sources. */
export const INSTALLED: boolean = import.meta.url.endsWith(".js");

const here = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");
const inProject = (path: string) => `${PROJECT_ROOT}/${path}`;

/** Files and folders, absolute. */
export const PLACES = INSTALLED
  ? {
    page: `${here}/page.html`,
    templates: `${here}/templates`,
    events: `${here}/events.jsonl`,
    worker: `${here}/worker.js`,
    types: fileURLToPath(new URL("../types/mod.ts", import.meta.url)),
  }
  : {
    page: inProject("build/monitor/page.html"),
    templates: inProject("scripts/filter/templates"),
    events: inProject("tests/data/events.jsonl"),
    worker: inProject("scripts/filter/worker.ts"),
    types: inProject("mod.ts"),
  };

/** What was built. */
export interface About {
  /** The project's. */
  readonly version: string;
  /** The Deno that it is tested with. */
  readonly deno: string;
}

/** Reads what `scripts/command/build.ts` has written, or what that would write. */
export async function about(): Promise<About> {
  if (INSTALLED) return JSON.parse(await Deno.readTextFile(`${here}/about.json`)) as About;
  const { version } = JSON.parse(await Deno.readTextFile(inProject("deno.json"))) as About;
  return { version, deno: await pinnedDenoVersion() };
}
