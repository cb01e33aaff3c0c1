/** Where a Janus on this machine keeps its configuration and its plugins. */
import { JcfgSyntaxError, readJcfg } from "./jcfg.ts";
import { exists, findExecutable, isExecutable } from "./run.ts";

/** The folders of one Janus. */
export interface JanusFolders {
  readonly configs: string;
  readonly plugins: string;
  readonly transports: string;
  readonly events: string;
  /** The `janus.jcfg` that names them, or what they were derived from. */
  readonly source: string;
  /** Whether Janus sends events to event handlers at all: `events.broadcast` in `janus.jcfg`. */
  readonly broadcast: boolean;
  /** The files that Janus is told not to load: `transports.disable` and `events.disable`. */
  readonly disabled: { readonly transports: readonly string[]; readonly events: readonly string[] };
}

/** Thrown when there is no telling where Janus keeps its plugins. */
export class JanusNotFoundError extends Error {
  override name = "JanusNotFoundError";
}

/** Where a Janus is looked for that is not on PATH. */
const OTHER_PREFIXES = ["/usr", "/usr/local", "/opt/janus"];

/**
 * The `janus` executable: the one that `JANUS` names by its absolute path, else on PATH, else at
 * the places where people install it. A wrong `JANUS` is not made up for by another place.
 */
export async function findJanus(
  chosen: string | undefined = Deno.env.get("JANUS"),
): Promise<string | undefined> {
  if (chosen !== undefined && chosen !== "") {
    return chosen.startsWith("/") && await isExecutable(chosen) ? chosen : undefined;
  }
  const path = Deno.env.get("PATH") ?? "";
  return await findExecutable(
    "janus",
    [path, ...OTHER_PREFIXES.map((one) => `${one}/bin`)].join(":"),
  );
}

/** Why {@linkcode findJanus} finds none. */
export function janusMissing(chosen: string | undefined = Deno.env.get("JANUS")): string {
  if (chosen === undefined || chosen === "") return "there is no `janus` on PATH";
  return `JANUS=${chosen} is not the absolute path of an executable`;
}

/** What a `janus` executable was installed below, such as `/usr`. */
export async function janusPrefix(janus: string): Promise<string> {
  return (await Deno.realPath(janus)).replace(/\/s?bin\/[^/]*$/, "");
}

/**
 * The folders of the Janus below `prefix`, or of the one that {@linkcode findJanus} finds.
 * What its `janus.jcfg` leaves open is where Janus's own build puts it.
 *
 * @throws {JanusNotFoundError} without a prefix when no Janus is here.
 */
export async function findJanusFolders(prefix?: string): Promise<JanusFolders> {
  let base = prefix?.replace(/(?<=.)\/+$/, "");
  if (base === undefined) {
    const janus = await findJanus();
    if (janus === undefined) {
      throw new JanusNotFoundError(`Cannot find Janus: ${janusMissing()}`);
    }
    base = await janusPrefix(janus);
  }
  const etc = base === "/usr" ? "/etc/janus" : `${base}/etc/janus`;
  const file = `${etc}/janus.jcfg`;
  const library = await libraryFolder(base);
  const derived = {
    configs: etc,
    plugins: `${library}/plugins`,
    transports: `${library}/transports`,
    events: `${library}/events`,
  };
  const text = await Deno.readTextFile(file).catch(() => undefined);
  if (text === undefined) {
    const disabled = { transports: [], events: [] };
    return { ...derived, source: `${base} (there is no ${file})`, broadcast: false, disabled };
  }
  const said = readFolders(file, text);
  // Janus passes over blanks before a name, and takes those after it for a part of it.
  const disabled = (group: string) =>
    (said.get(`${group}.disable`) ?? "").split(",").map((name) => name.trimStart())
      .filter((name) => name !== "");
  return {
    configs: said.get("general.configs_folder") ?? derived.configs,
    plugins: said.get("general.plugins_folder") ?? derived.plugins,
    transports: said.get("general.transports_folder") ?? derived.transports,
    events: said.get("general.events_folder") ?? derived.events,
    source: file,
    // What Janus takes for true (janus_is_true).
    broadcast: /^(yes|true|1)$/i.test(said.get("events.broadcast") ?? ""),
    disabled: { transports: disabled("transports"), events: disabled("events") },
  };
}

function readFolders(file: string, text: string): Map<string, string> {
  try {
    return readJcfg(text);
  } catch (error) {
    if (!(error instanceof JcfgSyntaxError)) throw error;
    throw new Error(`Cannot read ${file}: ${error.message}`, { cause: error });
  }
}

/** `lib/janus` below `prefix`, in Debian's and Fedora's variants too. */
async function libraryFolder(prefix: string): Promise<string> {
  const multiarch = Deno.build.arch === "aarch64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  for (const name of [`lib/${multiarch}`, "lib64", "lib"]) {
    if (await exists(`${prefix}/${name}/janus`)) return `${prefix}/${name}/janus`;
  }
  return `${prefix}/lib/janus`;
}
