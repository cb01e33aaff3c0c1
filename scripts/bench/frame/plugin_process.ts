/** The Deno process of a plugin in a private Janus. */
import type { PrivateJanus } from "../../private_janus/private_janus.ts";

/** Its process id. @throws {Error} when there is none; where there are several, it's any of them */
export async function findPluginProcess(janus: PrivateJanus): Promise<number> {
  const plugin = (await janus.children()).find(({ command }) => command.startsWith("deno"));
  if (plugin === undefined) throw new Error("Cannot find the Deno process of the plugin");
  return plugin.pid;
}
