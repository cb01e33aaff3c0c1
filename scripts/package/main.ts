/** Makes Debian's package and the tarball of both plugins, with all that they need at run time. */
import { resolve } from "node:path";
import { BuildError, buildPlugins } from "../build.ts";
import { callerFolder, type CommandLine, runCommand, UsageError } from "../lib/command_line.ts";
import { PLUGINS, PROJECT_ROOT } from "../lib/project.ts";
import { buildCommand } from "../command/build.ts";
import { PageError } from "../monitor/page.ts";
import { type Architecture, ARCHITECTURES, isNative, toolchainFor } from "./architectures.ts";
import { contents, type Ingredients } from "./contents.ts";
import { makeDeb } from "./deb.ts";
import { denoFor } from "./deno_program.ts";
import { dependenciesOf } from "./dependencies.ts";
import { PackageError } from "./error.ts";
import { debianLayout, PREFIX_LAYOUT } from "./layout.ts";
import { bundledPackages, type BundleEntry } from "./licences.ts";
import { run as runProgram } from "./run.ts";
import { makeTarball } from "./tarball.ts";
import { readRelease } from "./version.ts";

const USAGE = `Usage: scripts/deno task package [--arch amd64|arm64] [--folder FOLDER] [--fast]

  Makes janus-zeromq_VERSION_ARCH.deb and janus-zeromq-VERSION-linux-ARCH.tar.gz: both plugins, Deno,
  the janus-zeromq command, configurations and documents. The same sources make the same files.

  --arch ARCH      The machine that they are for; default is this one.
  --folder FOLDER  Where they go; default is build/packages.
  --fast           Compresses little, to try them sooner.
  -h, --help       Shows this.

Environment: SOURCE_DATE_EPOCH, DEBFULLNAME and DEBEMAIL, instead of the last commit's time and author.
`;

const OPTIONS = { arch: "text", folder: "text", fast: "flag" } as const;

/** All that is bundled, by the file that it ends up in. */
const BUNDLES: readonly BundleEntry[] = [
  ...PLUGINS.flatMap(({ library }) => [
    { file: library, entry: "plugins/scripting/companion/main.ts" },
    { file: library, entry: "plugins/sdk/runtime.ts" },
  ]),
  { file: "libjanus_zeromq.so", entry: "plugins/host/transport.ts" },
  { file: "libjanus_zmqevh.so", entry: "plugins/host/events.ts" },
  { file: "libjanus_zmqevh.so", entry: "plugins/stream/companion/main.ts" },
  { file: "page.html", entry: "plugins/monitor/page/main.tsx", platform: "browser" },
  { file: "janus-zeromq", entry: "scripts/command/main.ts" },
  { file: "janus-zeromq", entry: "scripts/command/worker.ts" },
];

/** Builds what packages for a machine are made of, below `build/`. */
export async function prepare(architecture: Architecture): Promise<Ingredients> {
  const folder = `build/package/${architecture.name}`;
  const toolchain = await toolchainFor(architecture);
  const deno = await denoFor(architecture);
  await buildPlugins(undefined, { folder, ...(toolchain === undefined ? {} : { toolchain }) });
  await buildCommand();
  const strip = isNative(architecture) ? "strip" : `${architecture.triplet}-strip`;
  for (const { kind, library } of PLUGINS) {
    await runProgram(strip, [
      ...["--strip-unneeded", "--remove-section=.comment", "--remove-section=.note"],
      `${PROJECT_ROOT}/${folder}/${kind}/${library}`,
    ]);
  }
  return {
    root: PROJECT_ROOT,
    plugins: `${PROJECT_ROOT}/${folder}`,
    deno,
    command: (...args) =>
      runProgram(Deno.execPath(), [
        ...["run", "-A", "--quiet", "--no-config", "--unstable-worker-options"],
        `${PROJECT_ROOT}/build/command/main.js`,
        ...args,
      ]),
    release: await readRelease(),
    packages: await bundledPackages(BUNDLES),
  };
}

/** Makes both files in `folder`. @returns their paths */
export async function makePackages(
  architecture: Architecture,
  folder: string,
  fast: boolean,
): Promise<string[]> {
  const from = await prepare(architecture);
  const { version, debian_version, epoch } = from.release;
  await Deno.mkdir(folder, { recursive: true });
  const depends = await dependenciesOf([
    from.deno,
    ...PLUGINS.map(({ kind, library }) => `${from.plugins}/${kind}/${library}`),
  ]);
  const deb = `${folder}/janus-zeromq_${debian_version}_${architecture.name}.deb`;
  const files = await contents(from, debianLayout(architecture));
  await makeDeb(deb, files, { architecture, release: from.release, depends }, fast);
  const name = `janus-zeromq-${version}-linux-${architecture.name}`;
  const tarball = `${folder}/${name}.tar.gz`;
  await makeTarball(tarball, name, await contents(from, PREFIX_LAYOUT), epoch, fast);
  return [deb, tarball];
}

function findArchitecture(name: string | undefined): Architecture {
  const found = ARCHITECTURES.find((one) => name === undefined ? isNative(one) : one.name === name);
  if (found !== undefined) return found;
  const names = ARCHITECTURES.map((one) => one.name).join(" or ");
  throw new UsageError(`--arch must be ${names}, not "${name ?? Deno.build.arch}"`);
}

async function run({ options }: CommandLine<typeof OPTIONS>): Promise<number> {
  const folder = resolve(callerFolder(), options.folder ?? `${PROJECT_ROOT}/build/packages`);
  const architecture = findArchitecture(options.arch);
  for (const path of await makePackages(architecture, folder, options.fast)) {
    const { size } = await Deno.stat(path);
    console.log(`${path} (${(size / 1024 / 1024).toFixed(0)} MiB)`);
  }
  return 0;
}

if (import.meta.main) {
  const known = [BuildError, PackageError, PageError];
  Deno.exit(await runCommand({ usage: USAGE, options: OPTIONS, known, run }));
}
