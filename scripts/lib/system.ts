/** Finding out what this machine has of what the plugins need. Nothing here prints or changes. */
import { findJanus } from "./janus_folders.ts";
import { capture, exists, findExecutable, isExecutable } from "./run.ts";

/** Janus's default PATH: that of a service which nobody gave another. */
export const SERVICE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A program and its version, where it tells one. */
export interface Program {
  readonly path: string;
  readonly version: string;
}

/** Asks a program for its version: the first thing in its output that looks like one. */
export async function programVersion(path: string, ...args: string[]): Promise<string> {
  const output = await capture(path, args, { env: { DENO_NO_UPDATE_CHECK: "1" } });
  return /\d+\.\d+(?:\.\d+)*/.exec(`${output?.stdout}\n${output?.stderr}`)?.[0] ??
    "unknown version";
}

/** A program on PATH. */
export async function findProgram(name: string, ...args: string[]): Promise<Program | undefined> {
  const path = await findExecutable(name);
  return path === undefined ? undefined : { path, version: await programVersion(path, ...args) };
}

/** Janus itself. */
export async function findJanusProgram(): Promise<Program | undefined> {
  const path = await findJanus();
  if (path === undefined) return undefined;
  const output = await capture(path, ["--version"]);
  // 1.1.2 calls the option unknown, but says its version all the same.
  const version = /Janus version: \d+ \(([^)]+)\)/.exec(`${output?.stdout}\n${output?.stderr}`)
    ?.[1];
  return { path, version: version ?? "unknown version" };
}

/** Janus's headers and the plugin API versions that they define. */
export interface JanusHeaders {
  /** The folder that holds `transports/transport.h` and `events/eventhandler.h`. */
  readonly folder: string;
  /** What named the folder. */
  readonly source: "JANUS_INCLUDE" | "pkg-config" | "default";
  /** `JANUS_TRANSPORT_API_VERSION`; `undefined` if the header doesn't say. */
  readonly transport_api: number | undefined;
  /** `JANUS_EVENTHANDLER_API_VERSION`; `undefined` if the header doesn't say. */
  readonly event_handler_api: number | undefined;
}

/**
 * Janus's headers: where `JANUS_INCLUDE` says, else where `pkg-config` says, else
 * `/usr/include/janus`, else beside the `janus` that is found.
 * A wrong `JANUS_INCLUDE` is not made up for by another place.
 */
export async function findJanusHeaders(
  override: string | undefined = Deno.env.get("JANUS_INCLUDE"),
): Promise<JanusHeaders | undefined> {
  if (override !== undefined && override !== "") {
    return await readHeaders(override, "JANUS_INCLUDE") ??
      await readHeaders(`${override}/janus`, "JANUS_INCLUDE");
  }
  const said = await capture("pkg-config", ["--variable=includedir", "janus-gateway"]);
  if (said?.code === 0 && said.stdout.trim() !== "") {
    const found = await readHeaders(`${said.stdout.trim()}/janus`, "pkg-config");
    if (found !== undefined) return found;
  }
  const beside = (await findJanus())?.replace(/\/s?bin\/[^/]*$/, "/include/janus");
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

/** The libzmq that the dynamic linker finds: its version and, where it tells, its path. */
export async function findLibzmq(): Promise<Program | undefined> {
  const name = Deno.build.os === "darwin" ? "libzmq.5.dylib" : "libzmq.so.5";
  const version = libzmqVersion(name);
  if (version === undefined) return undefined;
  const cache = await capture("/sbin/ldconfig", ["-p"]);
  const path = cache?.stdout.split("\n").find((line) => line.trim().startsWith(`${name} `))
    ?.split(" => ")[1];
  return { path: path ?? name, version };
}

function libzmqVersion(name: string): string | undefined {
  // void zmq_version (int *major_, int *minor_, int *patch_);
  const symbols = {
    zmq_version: { parameters: ["buffer", "buffer", "buffer"], result: "void" },
  } as const satisfies Deno.ForeignLibraryInterface;
  let library: Deno.DynamicLibrary<typeof symbols>;
  try {
    library = Deno.dlopen(name, symbols);
  } catch {
    return undefined;
  }
  try {
    const parts = [new Int32Array(1), new Int32Array(1), new Int32Array(1)] as const;
    library.symbols.zmq_version(...parts);
    return parts.map((part) => part[0]).join(".");
  } finally {
    library.close();
  }
}

/** The version of a C library by its `pkg-config` name. */
export async function pkgConfigVersion(name: string): Promise<string | undefined> {
  const output = await capture("pkg-config", ["--modversion", name]);
  return output?.code === 0 ? output.stdout.trim() : undefined;
}

/** gcc's version, and whether it finds the C library's headers. */
export async function findCompiler(): Promise<
  Program & { readonly complete: boolean } | undefined
> {
  const gcc = await findProgram("gcc", "-dumpfullversion");
  if (gcc === undefined) return undefined;
  const test = await capture("gcc", [
    "-fsyntax-only",
    "-include",
    "stdio.h",
    "-x",
    "c",
    "/dev/null",
  ]);
  return { ...gcc, complete: test?.code === 0 };
}

/** Node.js itself, not the stand-in that Deno puts at the end of PATH. */
export async function findNode(): Promise<Program | undefined> {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const path = await findExecutable(
    "node",
    folders.filter((folder) => !folder.endsWith("/node_compat_bin")).join(":"),
  );
  return path === undefined
    ? undefined
    : { path, version: await programVersion(path, "--version") };
}

/** pyzmq of the system's Python (not of one that a version manager put on PATH). */
export async function findPythonZmq(): Promise<Program | undefined> {
  const path = "/usr/bin/python3";
  const output = await capture(path, ["-c", "import zmq; print(zmq.__version__)"]);
  return output?.code === 0 ? { path, version: output.stdout.trim() } : undefined;
}

/** The program that sets up networks. */
export async function findIp(): Promise<Program | undefined> {
  // A user's PATH on Debian has no /sbin.
  const path = await findExecutable("ip", `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`);
  return path === undefined ? undefined : { path, version: await programVersion(path, "-Version") };
}

/** A file called `deno` on a service's PATH. */
export interface DenoCandidate {
  readonly path: string;
  /** False for a script, such as the one that npm's `deno` package links: it needs Node. */
  readonly binary: boolean;
}

/** The first `deno` that Janus would find by name, below `root` (for staged installs). */
export async function findServiceDeno(
  root = "",
  path = SERVICE_PATH,
): Promise<DenoCandidate | undefined> {
  for (const folder of path.split(":")) {
    const candidate = `${root}${folder}/deno`;
    if (!(await isExecutable(candidate))) continue;
    return { path: candidate, binary: await isBinary(candidate) };
  }
  return undefined;
}

/** True for an executable of the system itself (ELF), false for a script. */
export async function isBinary(path: string): Promise<boolean> {
  const start = new Uint8Array(4);
  try {
    using file = await Deno.open(path);
    await file.read(start);
  } catch {
    return false;
  }
  return start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46;
}

/** True where systemd runs the machine, so that packages may start services. */
export function hasSystemd(): Promise<boolean> {
  return exists("/run/systemd/system");
}
