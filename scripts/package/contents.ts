/** All that is in a package, for a machine and a layout. */
import { FILE_NAMES, type PluginKind } from "../../plugins/host/config/schema.ts";
import { posix } from "node:path";
import { nameNpmFiles } from "../build.ts";
import { PLUGINS } from "../lib/project.ts";
import { gzip } from "./compress.ts";
import { renderCommandManual } from "./command_manual.ts";
import { configManualName, renderConfigManual } from "./config_manual.ts";
import { renderChangelog } from "./changelog.ts";
import { renderCopyright } from "./copyright.ts";
import type { Layout } from "./layout.ts";
import type { BundledPackage } from "./licences.ts";
import { documentFiles, listFiles } from "./documents.ts";
import type { PackageFile } from "./tree.ts";
import type { Release } from "./version.ts";

/** What a package is made of. */
export interface Ingredients {
  /** The project's folder. */
  readonly root: string;
  /** The folder with the built plugins, stripped: `transports/` and `events/`. */
  readonly plugins: string;
  /** Deno's executable. */
  readonly deno: string;
  /** Runs the built command, and returns what it prints. */
  readonly command: (...args: string[]) => Promise<string>;
  readonly release: Release;
  readonly packages: readonly BundledPackage[];
}

/** The files. */
export async function contents(from: Ingredients, layout: Layout): Promise<PackageFile[]> {
  return [
    ...PLUGINS.map(({ kind, library }) => ({
      path: `${layout.plugins}/${kind}/${library}`,
      content: { copyOf: `${from.plugins}/${kind}/${library}` },
    })),
    ...PLUGINS.map(({ config }) => ({
      path: `${layout.etc}/${config}${layout.config_suffix}`,
      content: { copyOf: `${from.root}/conf/${config}.jcfg.sample` },
    })),
    { path: `${layout.lib}/deno`, mode: 0o755, content: { copyOf: from.deno } },
    ...await commandFiles(from, layout),
    ...["alerts.yml", "grafana.json"].map((name) => ({
      path: `${layout.share}/monitor/${name}`,
      content: { copyOf: `${from.root}/scripts/monitor/${name}` },
    })),
    ...await manuals(from, layout),
    ...await documentFiles(from.root, layout),
    ...await papers(from, layout),
  ];
}

/** The command and what filters import, beside Deno: as `scripts/command/place.ts` has it. */
async function commandFiles(
  { root, command }: Ingredients,
  { bin, lib, completions }: Layout,
): Promise<PackageFile[]> {
  const files: PackageFile[] = [];
  for (const folder of ["command", "types"]) {
    for (const path of await listFiles(`${root}/build/${folder}`)) {
      const mode = `${folder}/${path}` === STARTER ? 0o755 : 0o644;
      const built = `${root}/build/${folder}/${path}`;
      const content = path.endsWith(".js")
        ? nameNpmFiles(await Deno.readTextFile(built))
        : { copyOf: built };
      files.push({ path: `${lib}/${folder}/${path}`, content, mode });
    }
  }
  const linkTo = posix.relative(bin, `${lib}/${STARTER}`);
  return [
    ...files,
    { path: `${bin}/janus-zeromq`, content: { linkTo } },
    { path: `${completions}/janus-zeromq`, content: await command("completion", "bash") },
  ];
}

/** What starts the command. */
const STARTER = "command/janus-zeromq";

async function manuals({ release, command }: Ingredients, { man }: Layout): Promise<PackageFile[]> {
  const content = gzip(await renderCommandManual(release, command));
  return [
    { path: `${man}/man1/janus-zeromq.1.gz`, content },
    ...(Object.keys(FILE_NAMES) as PluginKind[]).map((kind) => ({
      path: `${man}/man5/${configManualName(kind)}.5.gz`,
      content: gzip(renderConfigManual(kind, release)),
    })),
  ];
}

/** What lintian says of Deno, which is not ours to build. */
const OVERRIDES = `# Deno's executable is the one that its makers publish, unchanged.
janus-zeromq: embedded-library lcms2 [usr/lib/janus-zeromq/deno]
janus-zeromq: hardening-no-relro [usr/lib/janus-zeromq/deno]
`;

/** What systemd gets: what Janus's unit needs, and the monitor's, which somebody has to enable. */
const UNITS = { "janus-zeromq.conf": "janus.service.d/", "janus-zeromq-monitor.service": "" };

/** What says whose all this is, and what is new in it. */
async function papers(
  { root, release, packages }: Ingredients,
  layout: Layout,
): Promise<PackageFile[]> {
  const { doc } = layout;
  const copyright = { path: `${doc}/copyright`, content: renderCopyright(packages) };
  const changes = await Deno.readTextFile(`${root}/CHANGELOG.md`);
  if (layout.debian) {
    const content = gzip(renderChangelog(changes, release));
    return [
      copyright,
      { path: `${doc}/changelog.gz`, content },
      { path: "usr/share/lintian/overrides/janus-zeromq", content: OVERRIDES },
      ...Object.entries(UNITS).map(([unit, path]) => ({
        path: `usr/lib/systemd/system/${path}${unit}`,
        content: { copyOf: `${root}/conf/systemd/${unit}` },
      })),
    ];
  }
  // Not every system has the common licences.
  const licences = packages.flatMap(({ name, version, text }) =>
    text === undefined ? [] : [{
      path: `${doc}/licences/${name.replace("/", "+")}-${version}.txt`,
      content: text,
    }]
  );
  return [
    copyright,
    { path: `${doc}/CHANGELOG.md`, content: changes },
    { path: `${doc}/licences/janus-zeromq.txt`, content: { copyOf: `${root}/LICENSE` } },
    ...licences,
  ];
}
