/** The Deno that the configurations name. */
import { readConfig } from "../../plugins/host/config/read.ts";
import { findJanusFolders } from "../lib/janus_folders.ts";
import { readJcfg } from "../lib/jcfg.ts";
import { PLUGINS } from "../lib/project.ts";
import { isExecutable } from "../lib/run.ts";
import type { Finding } from "./finding.ts";

/** What `doctor` says of it; null unless every configuration that is there names one. */
export async function configuredDeno(): Promise<Pick<Finding, "status" | "detail"> | null> {
  const folders = await findJanusFolders().catch(() => null);
  const named = new Set<string | undefined>();
  for (const { config } of folders === null ? [] : PLUGINS) {
    named.add(await denoIn(`${folders!.configs}/${config}`));
  }
  if (named.size === 0 || named.has(undefined)) return null;
  const paths = [...named] as string[];
  for (const path of paths) {
    if (await isExecutable(path)) continue;
    return { status: "warning", detail: `runtime.deno is ${path}, which nobody may run` };
  }
  return { status: "ok", detail: `${paths.join(", ")}  (runtime.deno)` };
}

/** @param config without its extension */
async function denoIn(config: string): Promise<string | undefined> {
  const read = (path: string) => Deno.readTextFile(path).catch(() => undefined);
  let path: string | undefined;
  try {
    const jsonc = await read(`${config}.jsonc`);
    if (jsonc !== undefined) {
      const kind = config.includes("eventhandler") ? "eventhandler" : "transport";
      const source = { format: "jsonc", path: `${config}.jsonc`, text: jsonc } as const;
      path = readConfig(kind, source).config.runtime.deno;
    } else path = readJcfg(await read(`${config}.jcfg`) ?? "").get("runtime.deno");
  } catch {
    return undefined; // What is wrong with it is for `check` to say.
  }
  return path?.startsWith("/") ? path : undefined;
}
