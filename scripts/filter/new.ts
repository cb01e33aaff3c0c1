/** Begins a filter of events, or a transport hook: the module, and a test that passes. */
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MODULE_NAME } from "../../plugins/sdk/check.ts";
import { INSTALLED, PLACES } from "../command/place.ts";
import { callerFolder, type CommandLine, runCommand, UsageError } from "../lib/command_line.ts";
import { how } from "../lib/how.ts";
import { capture, exists } from "../lib/run.ts";
import { shellWord } from "../lib/terminal.ts";

const USAGE = `Usage: ${how("filter new")} NAME [--folder FOLDER] [--hook]

  Writes NAME.ts, a filter of Janus's events to start from, and NAME_test.ts, its test. Where no
  deno.json is found above, one is written as well, so that editors and deno test find the import.

  --folder FOLDER  Where the files go; default is the current folder. It may lie anywhere.
  --hook           Writes a hook of the transport instead of a filter.
  -h, --help       Shows this.
`;

/** What filters and hooks import. */
const PACKAGE = "@janus-zeromq/janus-zeromq";

const OPTIONS = { folder: "text", hook: "flag" } as const;

interface Arguments {
  readonly name: string;
  readonly folder: string;
  readonly hook: boolean;
}

/** Understands the command line. @throws {UsageError} saying what is wrong with it */
function readArguments({ options, words }: CommandLine<typeof OPTIONS>): Arguments {
  const [name, ...more] = words;
  if (name === undefined || more.length > 0) throw new UsageError(USAGE);
  if (!MODULE_NAME.test(name) || /\.[cm]?[jt]sx?$/.test(name) || /[_.]test$/.test(name)) {
    throw new UsageError(
      `${JSON.stringify(name)} is no name: letters, digits and _ . - are allowed, without .ts or` +
        ` _test at the end`,
    );
  }
  const folder = resolve(callerFolder(), options.folder ?? ".");
  if (folder.includes(",")) {
    throw new UsageError(`${folder} has a comma in it: the plugins can't load modules from there`);
  }
  return { name, folder, hook: options.hook };
}

/** Writes the files. @returns their paths @throws {UsageError} if there is one already */
async function write({ name, folder, hook }: Arguments): Promise<string[]> {
  const template = hook ? "my-hook" : "my-filter";
  const files = [`${folder}/${name}.ts`, `${folder}/${name}_test.ts`];
  for (const path of files) {
    if (await exists(path)) throw new UsageError(`${path} is there already`);
  }
  await Deno.mkdir(folder, { recursive: true });
  for (const path of files) {
    const suffix = path.endsWith("_test.ts") ? "_test" : "";
    const text = await Deno.readTextFile(
      `${PLACES.templates}/${template}${suffix}.ts`,
    );
    await Deno.writeTextFile(path, text.replaceAll(template, name), { createNew: true });
  }
  if (await configAbove(folder) === undefined) {
    const path = `${folder}/deno.json`;
    await Deno.writeTextFile(path, `${JSON.stringify(config(), null, 2)}\n`, { createNew: true });
    files.push(path);
  }
  return files;
}

function config() {
  return { imports: { [PACKAGE]: pathToFileURL(PLACES.types).href } };
}

/** The deno.json that counts for a folder. */
async function configAbove(folder: string): Promise<string | undefined> {
  for (let at = folder;; at = dirname(at)) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      if (await exists(resolve(at, name))) return resolve(at, name);
    }
    if (dirname(at) === at) return undefined;
  }
}

/** True if Deno finds the import of a module, by whatever configuration it has there. */
async function isResolved(path: string): Promise<boolean> {
  const output = await capture(Deno.execPath(), ["info", "--json", path], { cwd: dirname(path) });
  if (output?.code !== 0) return false;
  const { modules } = JSON.parse(output.stdout) as {
    readonly modules: readonly {
      readonly specifier: string;
      readonly dependencies?: readonly {
        readonly specifier: string;
        readonly code?: { readonly specifier?: string };
      }[];
    }[];
  };
  const own = modules.find(({ specifier }) => specifier === pathToFileURL(path).href);
  const imported = own?.dependencies?.find(({ specifier }) => specifier === PACKAGE);
  return imported?.code?.specifier !== undefined;
}

/** What runs tests: elsewhere than in the project it must be told where the import is named. */
async function tester(folder: string): Promise<string> {
  if (!INSTALLED) return "scripts/deno test";
  const config = await configAbove(folder) ?? `${folder}/deno.json`;
  return [Deno.execPath(), "test", "--config", config].map(shellWord).join(" ");
}

async function nextSteps({ name, folder, hook }: Arguments): Promise<string> {
  const path = `${folder}/${name}.ts`;
  const lines = [
    "",
    `Test it:  ${await tester(folder)} ${shellWord(`${folder}/${name}_test.ts`)}`,
  ];
  if (!hook) lines.push(`Try it:   ${how("filter try")} ${shellWord(path)}`);
  const file = hook ? "janus.transport.zeromq.jcfg" : "janus.eventhandler.zeromqevh.jcfg";
  lines.push(
    `Use it:   in ${file}`,
    "",
    `${hook ? "hooks" : "filters"}: {`,
    `\tmodules = [${JSON.stringify(path)}]`,
    "}",
  );
  if (!await isResolved(path)) {
    const [[, target]] = Object.entries(config().imports) as [[string, string]];
    lines.push(
      "",
      `${await configAbove(folder)} does not say what ${PACKAGE} is.`,
      'For editors and deno test, add to its "imports":',
      "",
      `  ${JSON.stringify(PACKAGE)}: ${JSON.stringify(target)}`,
    );
  }
  return lines.join("\n");
}

async function run(line: CommandLine<typeof OPTIONS>): Promise<number> {
  const args = readArguments(line);
  for (const path of await write(args)) console.log(`Written: ${path}`);
  console.log(await nextSteps(args));
  return 0;
}

/** The command. */
export const COMMAND = {
  ...{ usage: USAGE, options: OPTIONS, words: true, run },
  known: [
    Deno.errors.PermissionDenied,
    Deno.errors.NotADirectory,
    Deno.errors.AlreadyExists,
  ],
} as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
