/** Whether operators' modules lie where they could read what is not for them. */
import { posix } from "node:path";
import type { Findings } from "./check.ts";
import type { SecurityConfig } from "./schema.ts";

/** A group of modules, and what they may do. */
export interface ModulePlaces {
  readonly modules: readonly string[];
  readonly permissions: { readonly read: readonly string[] };
}

/**
 * Modules may read their own folders. Where the configuration is in such a folder, the stub lets them
 * read their own files alone (`ffi/stub/grants.c`), which is said; keys in or below one are refused.
 *
 * @param section the group's name
 * @param folder of the configuration, which paths are below
 */
export function checkModulePlaces(
  section: string,
  { modules, permissions }: ModulePlaces,
  folder: string,
  security: readonly SecurityConfig[],
  findings: Findings,
): void {
  const whole = (path: string) => posix.resolve("/", folder, path);
  const conf = whole(".");
  const keys = security.flatMap(({ secret_key, clients, users }) => [secret_key, clients, users])
    .filter((path) => path !== "").map(whole);
  const path = `${section}.modules`;
  for (const module of modules) {
    const own = posix.dirname(whole(module));
    const key = keys.find((key) => isBelow(key, own));
    if (isBelow(conf, own)) {
      findings.warn(
        path,
        findings.placeOf(path),
        `${module} can import no other file, as the configuration is in or below its folder ${own}:` +
          " put modules in a folder of their own",
      );
    } else if (key !== undefined) {
      findings.fail(
        path,
        findings.placeOf(path),
        `${module} could read ${key}, which lies in its folder or below: put one of them elsewhere`,
      );
    }
  }
  const read = `${section}.permissions.read`;
  for (const granted of permissions.read) {
    const exposed = [conf, ...keys].find((secret) => isBelow(secret, whole(granted)));
    if (exposed === undefined) continue;
    findings.warn(
      read,
      findings.placeOf(read),
      `with ${granted}, the modules can read ${exposed}, and what is secret in it: name the files that` +
        " they need",
    );
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
