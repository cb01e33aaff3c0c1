/** What the scripts know of this project: where it lies and what it ships. */
import { fileURLToPath } from "node:url";

/** The project's folder, absolute, without a slash at the end. */
export const PROJECT_ROOT: string = fileURLToPath(new URL("../..", import.meta.url)).replace(
  /\/$/,
  "",
);

/** A plugin as it is built, installed and configured. */
export interface PluginFiles {
  /** What people call it. */
  readonly title: string;
  /** The shared object's file name. */
  readonly library: string;
  /** Folder under `build/`, and the key of Janus's folder for it without `_folder`. */
  readonly kind: "transports" | "events";
  /** The configuration's file name without its extension: Janus's name for the plugin's package. */
  readonly config: string;
}

/** Both plugins. */
export const PLUGINS: readonly PluginFiles[] = [
  {
    title: "transport",
    library: "libjanus_zeromq.so",
    kind: "transports",
    config: "janus.transport.zeromq",
  },
  {
    title: "event handler",
    library: "libjanus_zmqevh.so",
    kind: "events",
    config: "janus.eventhandler.zeromqevh",
  },
];

/** The ports that the plugins use unless they are told otherwise, and for what. */
export const DEFAULT_PORTS: readonly { readonly port: number; readonly use: string }[] = [
  { port: 5545, use: "Janus API" },
  { port: 5546, use: "events" },
  { port: 7445, use: "Admin API" },
  { port: 5547, use: "monitor" },
];

/** The plugin APIs that the plugins are written against, as Janus's headers number them. */
export const API_VERSIONS = { transport: 8, eventHandler: 3 } as const;

/** The oldest libzmq that will do. */
export const MIN_LIBZMQ = "4.3.4";

/** The Deno version that `scripts/deno` pins. */
export async function pinnedDenoVersion(root: string = PROJECT_ROOT): Promise<string> {
  const script = await Deno.readTextFile(`${root}/scripts/deno`);
  const version = /^version=(\S+)$/m.exec(script)?.[1];
  if (version === undefined) throw new Error(`Cannot find "version=" in ${root}/scripts/deno`);
  return version;
}
