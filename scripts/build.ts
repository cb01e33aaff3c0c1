/**
 * Builds the plugins: `scripts/build.ts [transport] [event]`.
 *
 * Each shared object is the whole plugin: the C stub, and the bundled TypeScript inside it.
 *
 * @module
 */
import { GLOBALS } from "../plugins/scripting/companion/globals.ts";
import { compileObjects } from "./lib/c_objects.ts";
import { findJanusHeaders } from "./lib/c_headers.ts";
import { type CommandLine, runCommand, UsageError } from "./lib/command_line.ts";
import { networkAdvice } from "./lib/network.ts";

const USAGE = `Usage: scripts/deno task build

  Builds both plugins into build/; build:transport and build:event build one of them.

  -h, --help  Shows this.

Environment: CC, CFLAGS, JANUS_INCLUDE (the folder of Janus's headers), JANUS (a \`janus\` with its
headers beside it); CI makes warnings errors.
`;

const root = new URL("..", import.meta.url).pathname;

interface Target {
  entry: string;
  sources: readonly string[];
  /** For the compiler. */
  flags: readonly string[];
  /** Below the folder for builds. */
  output: string;
}

const STREAM = "build/bundle/stream.js";

const TARGETS = {
  transport: {
    entry: "plugins/host/transport.ts",
    sources: ["transport.c", "peers.c"],
    flags: [],
    output: "transports/libjanus_zeromq.so",
  },
  event: {
    entry: "plugins/host/events.ts",
    sources: ["eventhandler.c"],
    flags: [`-DJZ_STREAM="${STREAM}"`],
    output: "events/libjanus_zmqevh.so",
  },
} as const satisfies Record<string, Target>;

/** A plugin that can be built. */
export type PluginName = keyof typeof TARGETS;

const PLUGIN_NAMES = Object.keys(TARGETS) as PluginName[];

const SOURCES = [
  // Janus's side.
  ...["supervisor.c", "life.c", "state.c", "watchdog.c", "offer.c", "rescue.c", "refusals.c"],
  ...["child.c", "companion.c", "spawn.c", "deno.c", "process.c", "child_setup.c", "logpipe.c"],
  ...["channel.c", "status.c", "json_writer.c", "query.c", "control.c", "overrides.c"],
  ...["settings.c", "stream_grants.c", "integers.c", "readable.c", "grants.c", "log.c"],
  // Both sides'.
  ...["ring.c", "link.c", "turns.c"],
  // The process's.
  ...["bridge_link.c", "bridge_events.c", "bridge_process.c", "bridge_connection.c"],
  "bridge_companion.c",
  "bridge_epoll.c",
  "bridge_pollout.c",
];

const CFLAGS = [
  ..."-std=c11 -O2 -g -fPIC -fvisibility=hidden -fno-semantic-interposition".split(" "),
  ..."-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes".split(" "),
  "-Wvla",
  "-Wno-override-init", // JANUS_TRANSPORT_INIT sets every member to NULL first, by design
];

const LDFLAGS = "-shared -Wl,-Bsymbolic -Wl,-z,relro -Wl,-z,noexecstack".split(" ");

const SCRIPTS = "build/bundle/scripts.js";
const IMPORT_MAP = "build/bundle/imports.json";

/** Thrown where something doesn't compile, or what compiles it is missing. */
export class BuildError extends Error {}

/** What the C is compiled with, if not for this machine. */
export interface Toolchain {
  readonly compiler: string;
  /** For `pkg-config`: where the other machine's libraries are. */
  readonly env: Readonly<Record<string, string>>;
}

/** This machine's own. */
const NATIVE: Toolchain = { compiler: Deno.env.get("CC") ?? "cc", env: {} };

/** Runs a program in the project's root; what it complains of is shown, or is the error if it fails. */
function runProgram(program: string, args: string[], env: Toolchain["env"] = {}) {
  let result: Deno.CommandOutput;
  try {
    result = new Deno.Command(program, { args, cwd: root, env }).outputSync();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError(
      `Cannot run ${program}: it is not installed. Try: scripts/deno task doctor`,
    );
  }
  const complaints = new TextDecoder().decode(result.stderr).trim();
  if (!result.success) {
    throw new BuildError(`${program} failed:\n${complaints}${networkAdvice(complaints)}`);
  }
  if (complaints !== "") console.error(complaints);
  return { said: new TextDecoder().decode(result.stdout).trim(), complaints };
}

function outputOf(program: string, args: string[], env: Toolchain["env"] = {}): string {
  return runProgram(program, args, env).said;
}

/** Where Janus's headers are. @throws {BuildError} */
async function janusHeaders(): Promise<string> {
  const headers = await findJanusHeaders();
  if (headers !== undefined) return headers.folder;
  throw new BuildError(
    "Cannot find Janus's headers. Install janus-dev, or set JANUS_INCLUDE to the folder that holds" +
      " transports/transport.h",
  );
}

function version(): { text: string; number: number } {
  const { version: text } = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
  const [major, minor, patch] = text.split(".").map(Number);
  return { text, number: major * 10000 + minor * 100 + patch };
}

/** Bundles a module and what it imports into one file. */
function bundleTo(output: string, entry: string, ...options: string[]): void {
  Deno.mkdirSync(`${root}build/bundle`, { recursive: true });
  outputOf(Deno.execPath(), ["bundle", "--quiet", ...options, "--output", output, entry]);
}

/** A file of a package of npm, in Deno's cache: `.../npm/REGISTRY/NAME/VERSION/`. */
export const NPM_FILE = /(?:[^\s"]*\/)?npm\/[^/\s]+\/((?:@[^/\s]+\/)?[^/@\s]+)\/(\d[^/\s]*)\//;

/** Names files of npm by package and version in what a bundle calls its parts, wherever Deno keeps them. */
export function nameNpmFiles(code: string): string {
  return code.replaceAll(
    /^(\/\/ .*|\s*"[^"]*"\(.*\) \{)$/gm,
    (line) => line.replace(NPM_FILE, "npm:$1@$2/"),
  );
}

/**
 * Takes the sources out of a bundle's map: stack traces need names and places, not the text. Those of
 * npm are named by package and version, wherever Deno keeps them.
 */
function slimSourceMap(bundle: string, prelude = ""): void {
  const code = nameNpmFiles(Deno.readTextFileSync(`${root}${bundle}`));
  const mark = "//# sourceMappingURL=data:application/json;base64,";
  const at = code.lastIndexOf(mark);
  if (at < 0) throw new BuildError(`Cannot find the source map in ${bundle}`);
  const { sourcesContent: _, ...map } = JSON.parse(atob(code.slice(at + mark.length).trim()));
  map.sources = map.sources.map((source: string) => source.replace(NPM_FILE, "npm:$1@$2/"));
  // What stands in it is ASCII: paths and numbers.
  Deno.writeTextFileSync(
    `${root}${bundle}`,
    prelude + code.slice(0, at + mark.length) + btoa(JSON.stringify(map)) + "\n",
  );
}

/** Makes what operators' modules run in: its program, and the import map with their SDK. */
export function buildScripts(): { readonly scripts: string; readonly imports: string } {
  bundleTo(SCRIPTS, "plugins/scripting/companion/main.ts", "--sourcemap=inline");
  // In the same line as what is there, for the map's sake.
  slimSourceMap(SCRIPTS, `const { ${GLOBALS.join(", ")} } = globalThis; `);
  buildImportMap();
  return { scripts: SCRIPTS, imports: IMPORT_MAP };
}

/** Makes what stores events in a stream. */
function buildStream(): void {
  bundleTo(STREAM, "plugins/stream/companion/main.ts", "--minify");
  // Deno's bundler gives CommonJS modules a `require`, unless it is minified to a name with a "$".
  const code = Deno.readTextFileSync(`${root}${STREAM}`);
  if (!code.includes("Dynamic require of")) return;
  const prelude =
    `import{createRequire}from"node:module";var require=createRequire(import.meta.url);`;
  Deno.writeTextFileSync(`${root}${STREAM}`, prelude + code);
}

/** Makes the import map by which operators' modules find their SDK, without a file or a network. */
function buildImportMap(): void {
  const { name } = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
  const bundle = "build/bundle/sdk.js";
  bundleTo(bundle, "plugins/sdk/runtime.ts");
  const code = Deno.readTextFileSync(`${root}${bundle}`);
  const url = `data:application/javascript,${encodeURIComponent(code)}`;
  Deno.writeTextFileSync(`${root}${IMPORT_MAP}`, JSON.stringify({ imports: { [name]: url } }));
}

/** What every C file of the stub is compiled with. */
function compilerFlags(headers: string, { env }: Toolchain): string[] {
  const { text, number } = version();
  return [
    ...CFLAGS,
    ...(Deno.env.get("CFLAGS") ?? "").split(/\s+/).filter((flag) => flag !== ""),
    `-DJZ_VERSION="${text}"`,
    `-DJZ_VERSION_NUMBER=${number}`,
    "-isystem",
    headers,
    ...outputOf("pkg-config", ["--cflags", "glib-2.0", "jansson"], env).split(/\s+/),
  ];
}

/** Compiles the stub's C without a result; warnings are errors. @throws {BuildError} */
export async function checkStub(): Promise<void> {
  const plugins = Object.values(TARGETS).flatMap((target) => target.sources);
  const files = [...plugins, ...SOURCES].map((file) => `ffi/stub/${file}`);
  const flags = compilerFlags(await janusHeaders(), NATIVE);
  outputOf(NATIVE.compiler, [...flags, "-Werror", "-fsyntax-only", ...files]);
}

function build(
  name: string,
  target: Target,
  headers: string,
  options: Required<BuildOptions>,
): void {
  const { folder, toolchain } = options;
  const output = `${folder}/${target.output}`;
  const bundle = `build/bundle/${name}.js`;
  Deno.mkdirSync(`${root}${output.replace(/\/[^/]*$/, "")}`, { recursive: true });
  bundleTo(bundle, target.entry, "--sourcemap=inline");
  slimSourceMap(bundle);
  const strict = Deno.env.get("CI") ? ["-Werror"] : [];
  const flags = [
    ...compilerFlags(headers, toolchain),
    `-ffile-prefix-map=${root.slice(0, -1)}=.`, // the same file wherever it is built
    ...strict,
  ];
  const objects = compileObjects(
    [...target.sources, ...SOURCES].map((file) => `ffi/stub/${file}`),
    {
      root: root.slice(0, -1),
      folder: "build/objects",
      compiler: toolchain.compiler,
      flags,
      run: (program, args) => runProgram(program, args, toolchain.env),
    },
  );
  const temporary = `${output}.${Deno.pid}`;
  outputOf(toolchain.compiler, [
    ...flags,
    `-DJZ_PROGRAM="${bundle}"`,
    `-DJZ_SCRIPTS="${SCRIPTS}"`,
    `-DJZ_IMPORTS="${IMPORT_MAP}"`,
    ...target.flags,
    ...objects,
    "ffi/stub/program.S",
    ...LDFLAGS,
    "-Wl,--version-script=ffi/stub/exports.map",
    ...outputOf("pkg-config", ["--libs", "jansson"], toolchain.env).split(/\s+/),
    "-lpthread",
    "-ldl",
    "-o",
    temporary,
  ]);
  // A rename: a running Janus may have the old file mapped.
  Deno.renameSync(`${root}${temporary}`, `${root}${output}`);
  const { size } = Deno.statSync(`${root}${output}`);
  console.log(`${output} (${(size / 1024).toFixed(0)} KiB)`);
}

/** Where plugins are built to, and with what. */
export interface BuildOptions {
  /** Below the project's; default `build`. */
  readonly folder?: string;
  readonly toolchain?: Toolchain;
}

/** A build through sudo leaves files that the project's owner can't replace. */
function checkOwner(): void {
  for (const name of ["", "/bundle", "/objects", "/transports", "/events"]) {
    const folder = `build${name}`;
    try {
      const { uid } = Deno.statSync(`${root}${folder}`);
      if (Deno.uid() === 0 || uid === Deno.uid()) continue;
    } catch {
      continue; // it is yet to be made
    }
    throw new BuildError(
      `${root}${folder} is another user's, as a build by root leaves it. Run:` +
        ` sudo chown -R "$(id -un):" ${root}build`,
    );
  }
}

/** Builds plugins. @throws {BuildError} */
export async function buildPlugins(
  names: readonly PluginName[] = PLUGIN_NAMES,
  { folder = "build", toolchain = NATIVE }: BuildOptions = {},
): Promise<void> {
  const headers = await janusHeaders();
  checkOwner();
  buildScripts();
  if (names.includes("event")) buildStream();
  for (const name of names) build(name, TARGETS[name], headers, { folder, toolchain });
}

async function run({ words }: CommandLine<Record<never, never>>): Promise<number> {
  const known = (name: string): name is PluginName => Object.hasOwn(TARGETS, name);
  const unknown = words.find((name) => !known(name));
  if (unknown !== undefined) {
    throw new UsageError(`Cannot build ${unknown}: one of ${PLUGIN_NAMES.join(", ")}\n\n${USAGE}`);
  }
  await buildPlugins(words.length === 0 ? PLUGIN_NAMES : words.filter(known));
  return 0;
}

if (import.meta.main) {
  Deno.exit(await runCommand({ usage: USAGE, words: true, known: [BuildError], run }));
}
