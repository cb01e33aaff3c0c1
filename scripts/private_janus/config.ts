/** The private configuration of a Janus that serves nobody but us. */
import { findJanusFolders } from "../lib/janus_folders.ts";
import { PLUGINS } from "../lib/project.ts";
import { exists } from "../lib/run.ts";

/** A value in a `.jcfg`. */
export type JcfgValue = string | number | boolean | readonly JcfgValue[] | {
  readonly [name: string]: JcfgValue;
};

/** What stands in a `.jcfg`: groups of keys. */
export type JcfgSettings = Readonly<Record<string, Readonly<Record<string, JcfgValue>>>>;

/** `base` with what `changes` says on top of it, key by key. */
export function mergeSettings(base: JcfgSettings, changes: JcfgSettings = {}): JcfgSettings {
  const merged: Record<string, Readonly<Record<string, JcfgValue>>> = { ...base };
  for (const [group, keys] of Object.entries(changes)) {
    merged[group] = { ...merged[group], ...keys };
  }
  return merged;
}

/** Settings as the text of a `.jcfg`. */
export function formatJcfg(settings: JcfgSettings): string {
  return Object.entries(settings).map(([group, keys]) => {
    const lines = Object.entries(keys).map(([key, value]) => `  ${key} = ${formatValue(value)}\n`);
    return `${group}: {\n${lines.join("")}}\n`;
  }).join("");
}

function formatValue(value: JcfgValue): string {
  // JSON's escapes of quotes, backslashes, tabs and line ends are libconfig's as well.
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[ ${value.map(formatValue).join(", ")} ]`;
  const keys = Object.entries(value).map(([name, member]) => `${name} = ${formatValue(member)}; `);
  return `{ ${keys.join("")}}`;
}

// Array.isArray() does not narrow readonly arrays.
function isList(value: JcfgValue): value is readonly JcfgValue[] {
  return Array.isArray(value);
}

/** Folders of a private Janus, all below one. */
export interface PrivateFolders {
  readonly root: string;
  readonly configs: string;
  readonly plugins: string;
  readonly transports: string;
  readonly events: string;
  readonly loggers: string;
}

/** Which plugins a private Janus loads. */
export interface PluginChoice {
  /** The folder with `transports/` and `events/` that our plugins were built into. */
  readonly build: string;
  /** Our own: `transports`, `events`, or both. */
  readonly own: readonly ("transports" | "events")[];
  /** Names of Janus's own, such as `echotest` or `pfunix`. */
  readonly stock: {
    readonly plugins: readonly string[];
    readonly transports: readonly string[];
    readonly events: readonly string[];
  };
}

/**
 * Makes the folders, with links to the chosen plugins in them.
 *
 * @throws {Error} when one of the plugins isn't there
 */
export async function makeFolders(root: string, choice: PluginChoice): Promise<PrivateFolders> {
  const folders: PrivateFolders = {
    root,
    configs: `${root}/configs`,
    plugins: `${root}/plugins`,
    transports: `${root}/transports`,
    events: `${root}/events`,
    loggers: `${root}/loggers`,
  };
  for (const [name, folder] of Object.entries(folders)) {
    if (name !== "root") await Deno.mkdir(folder);
  }
  const system = await findJanusFolders();
  for (const kind of ["plugins", "transports", "events"] as const) {
    for (const name of choice.stock[kind]) {
      await link(system[kind], `libjanus_${name}.so`, folders[kind], "Janus doesn't have it");
    }
  }
  for (const plugin of PLUGINS) {
    if (!choice.own.includes(plugin.kind)) continue;
    const built = `${choice.build}/${plugin.kind}`;
    await link(built, plugin.library, folders[plugin.kind], "run scripts/deno task build");
  }
  return folders;
}

async function link(from: string, name: string, to: string, otherwise: string): Promise<void> {
  if (!(await exists(`${from}/${name}`))) {
    throw new Error(`Cannot find ${from}/${name}: ${otherwise}`);
  }
  await Deno.symlink(`${from}/${name}`, `${to}/${name}`);
}

/** The `janus.jcfg` of a private Janus: loopback only, nothing that needs the network. */
export function janusSettings(folders: PrivateFolders, adminSecret: string): JcfgSettings {
  return {
    general: {
      configs_folder: folders.configs,
      plugins_folder: folders.plugins,
      transports_folder: folders.transports,
      events_folder: folders.events,
      loggers_folder: folders.loggers,
      server_name: "janus-zeromq",
      admin_secret: adminSecret,
      debug_level: 4,
      debug_colors: false,
      debug_timestamps: true,
    },
    media: { ipv6: false },
    events: { broadcast: true },
  };
}
