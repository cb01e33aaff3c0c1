/** Headers of Janus and of C libraries, to compile against. */
import { findJanus, janusPrefix } from "./janus_folders.ts";
import { capture } from "./run.ts";

/** Janus's headers and the plugin API versions that they define. */
export interface JanusHeaders {
  /** The folder that holds `transports/transport.h` and `events/eventhandler.h`. */
  readonly folder: string;
  /** What named the folder. */
  readonly source: "JANUS_INCLUDE" | "JANUS" | "pkg-config" | "default";
  /** `JANUS_TRANSPORT_API_VERSION`; `undefined` if the header doesn't say. */
  readonly transport_api: number | undefined;
  /** `JANUS_EVENTHANDLER_API_VERSION`; `undefined` if the header doesn't say. */
  readonly event_handler_api: number | undefined;
}

/**
 * Janus's headers: where `JANUS_INCLUDE` says, else beside the `janus` that `JANUS` names, else where
 * `pkg-config` says, else `/usr/include/janus`, else beside the `janus` that is found.
 * A wrong `JANUS_INCLUDE` is not made up for by another place.
 */
export async function findJanusHeaders(
  override: string | undefined = Deno.env.get("JANUS_INCLUDE"),
): Promise<JanusHeaders | undefined> {
  if (override !== undefined && override !== "") {
    return await readHeaders(override, "JANUS_INCLUDE") ??
      await readHeaders(`${override}/janus`, "JANUS_INCLUDE");
  }
  const janus = await findJanus();
  const beside = janus === undefined ? undefined : `${await janusPrefix(janus)}/include/janus`;
  if (beside !== undefined && Deno.env.get("JANUS") === janus) {
    const found = await readHeaders(beside, "JANUS");
    if (found !== undefined) return found;
  }
  // Not its flags: those of Janus 1.4 name the folder above the one with the headers.
  const said = await capture("pkg-config", ["--variable=includedir", "janus-gateway"]);
  if (said?.code === 0 && said.stdout.trim() !== "") {
    const found = await readHeaders(`${said.stdout.trim()}/janus`, "pkg-config");
    if (found !== undefined) return found;
  }
  return await readHeaders("/usr/include/janus", "default") ??
    (beside === undefined ? undefined : await readHeaders(beside, "default"));
}

async function readHeaders(
  folder: string,
  source: JanusHeaders["source"],
): Promise<JanusHeaders | undefined> {
  const read = (name: string) => Deno.readTextFile(`${folder}/${name}`).catch(() => undefined);
  const transport = await read("transports/transport.h");
  const events = await read("events/eventhandler.h");
  if (transport === undefined || events === undefined) return undefined;
  return {
    folder,
    source,
    transport_api: definedNumber(transport, "JANUS_TRANSPORT_API_VERSION"),
    event_handler_api: definedNumber(events, "JANUS_EVENTHANDLER_API_VERSION"),
  };
}

/** The number that `#define name` stands for in a C header. */
export function definedNumber(header: string, name: string): number | undefined {
  const value = new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${name}[ \\t]+(\\d+)\\b`, "m")
    .exec(header)?.[1];
  return value === undefined ? undefined : Number(value);
}

/** The version of a C library by its `pkg-config` name. */
export async function pkgConfigVersion(name: string): Promise<string | undefined> {
  const output = await capture("pkg-config", ["--modversion", name]);
  return output?.code === 0 ? output.stdout.trim() : undefined;
}

// For scripts that compile: the folder of Janus's headers.
if (import.meta.main) {
  const headers = await findJanusHeaders();
  if (headers === undefined) {
    console.error("Cannot find Janus's headers. Try: scripts/deno task doctor");
    Deno.exit(1);
  }
  console.log(headers.folder);
}
