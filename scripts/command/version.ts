/** Says the versions of the command, of the plugins that are here, and of what they need. */
import { findJanusProgram, findLibzmq } from "../doctor/programs.ts";
import type { CommandLine } from "../lib/command_line.ts";
import { findJanusFolders, JanusNotFoundError } from "../lib/janus_folders.ts";
import { PLUGINS, PROJECT_ROOT } from "../lib/project.ts";
import { about, INSTALLED } from "./place.ts";

const USAGE = `Usage: janus-zeromq version [--json]

  Prints the version of this command, of the plugins that are found, of Deno, libzmq and Janus.

  --json      Prints it as JSON.
  -h, --help  Shows this.
`;

const OPTIONS = { json: "flag" } as const;

/** Something that has a version. */
interface Part {
  readonly name: string;
  readonly version: string;
  readonly path: string | null;
}

/** A plugin's version is in its file, as text that Janus shows. */
async function pluginVersion(path: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch {
    return undefined;
  }
  const text = new TextDecoder("latin1").decode(bytes);
  return /\0janus-zeromq (\d+\.\d+\.\d+)\0/.exec(text)?.[1] ?? "unknown version";
}

async function plugins(): Promise<Part[]> {
  const folders = await findJanusFolders().catch((error) => {
    if (error instanceof JanusNotFoundError) return null;
    throw error;
  });
  const found: Part[] = [];
  for (const { title, kind, library } of PLUGINS) {
    const paths = [
      ...INSTALLED ? [] : [`${PROJECT_ROOT}/build/${kind}/${library}`],
      ...folders === null ? [] : [`${folders[kind]}/${library}`],
    ];
    for (const path of paths) {
      const version = await pluginVersion(path);
      if (version !== undefined) found.push({ name: title, version, path });
    }
  }
  return found;
}

async function run({ options }: CommandLine<typeof OPTIONS>): Promise<number> {
  const [zmq, janus] = [await findLibzmq(), await findJanusProgram()];
  const missing = { version: "not found", path: null };
  const parts: Part[] = [
    { name: "janus-zeromq", version: (await about()).version, path: null },
    ...await plugins(),
    { name: "Deno", version: Deno.version.deno, path: Deno.execPath() },
    { name: "libzmq", ...zmq ?? missing },
    { name: "Janus", ...janus ?? missing },
  ];
  if (options.json) console.log(JSON.stringify(parts, undefined, 2));
  else {
    for (const { name, version, path } of parts) {
      console.log(`${name.padEnd(13)}  ${version}${path === null ? "" : `  ${path}`}`);
    }
  }
  return 0;
}

/** The command. */
export const COMMAND = { usage: USAGE, options: OPTIONS, run } as const;
