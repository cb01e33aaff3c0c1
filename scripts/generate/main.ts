/** Writes every generated file anew, or says which are stale. */
import {
  renderJcfgSample,
  renderJsoncSample,
  renderSettingsHeader,
  renderTable,
} from "../../plugins/host/config/render.ts";
import { FILE_NAMES, type PluginKind } from "../../plugins/host/config/schema.ts";
import { type CommandLine, runCommand } from "../lib/command_line.ts";
import { renderEventShapes } from "./event_shapes.ts";
import {
  renderEventsHeader,
  renderLayoutHeader,
  renderPlacesHeader,
  renderTransportHeader,
} from "./layout_header.ts";

const USAGE = `Usage: scripts/deno task generate [--check]

  Writes the generated files anew.

  --check     Writes nothing, and fails if one is stale.
  -h, --help  Shows this.
`;

const OPTIONS = { check: "flag" } as const;

/** A file, or a part of one, that follows from something else. */
export interface GeneratedFile {
  /** From the project's root. */
  readonly path: string;
  /** Its new text; `current` is null if it is missing. Null: leave it alone. */
  render(current: string | null): string | null;
}

export const GENERATED_FILES: readonly GeneratedFile[] = [
  ...(["transport", "eventhandler"] as const).flatMap((kind) => [
    { path: `conf/${FILE_NAMES[kind]}.jcfg.sample`, render: () => renderJcfgSample(kind) },
    { path: `conf/${FILE_NAMES[kind]}.jsonc.sample`, render: () => renderJsoncSample(kind) },
    { path: "conf/README.md", render: (current: string | null) => withTable(current, kind) },
  ]),
  { path: "plugins/sdk/EVENTS.md", render: renderEventShapes },
  { path: "ffi/stub/settings.gen.h", render: renderSettingsHeader },
  { path: "ffi/stub/layout.gen.h", render: renderLayoutHeader },
  { path: "ffi/stub/places.gen.h", render: renderPlacesHeader },
  { path: "ffi/stub/transport.gen.h", render: renderTransportHeader },
  { path: "ffi/stub/events.gen.h", render: renderEventsHeader },
];

/** The lines between which a table stands. */
export function tableMarkers(kind: PluginKind): { begin: string; end: string } {
  return { begin: `<!-- config:${kind} -->`, end: `<!-- /config:${kind} -->` };
}

/** Puts a plugin's table between its markers; null where there are none. */
export function withTable(text: string | null, kind: PluginKind): string | null {
  const { begin, end } = tableMarkers(kind);
  const from = text?.indexOf(begin) ?? -1;
  const to = text?.indexOf(end, from) ?? -1;
  if (text === null || from === -1 || to === -1) return null;
  return `${text.slice(0, from + begin.length)}\n\n${renderTable(kind)}\n${text.slice(to)}`;
}

/** Brings the files below `root` up to date, or only tells; returns the paths that were stale. */
export function generate(root: URL, files: readonly GeneratedFile[], write: boolean): string[] {
  const stale = new Set<string>();
  for (const { path, render } of files) {
    const url = new URL(path, root);
    const current = readIfThere(url);
    const wanted = render(current);
    if (wanted === null || wanted === current) continue;
    stale.add(path);
    if (write) Deno.writeTextFileSync(url, wanted);
  }
  return [...stale];
}

function readIfThere(url: URL): string | null {
  try {
    return Deno.readTextFileSync(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function run({ options: { check } }: CommandLine<typeof OPTIONS>): number {
  const stale = generate(new URL("../../", import.meta.url), GENERATED_FILES, !check);
  for (const path of stale) console.log(`${check ? "stale" : "written"}: ${path}`);
  if (!check || stale.length === 0) return 0;
  console.error(
    "Generated files are stale: run `scripts/deno task generate` and commit the result.",
  );
  return 1;
}

if (import.meta.main) Deno.exit(await runCommand({ usage: USAGE, options: OPTIONS, run }));
