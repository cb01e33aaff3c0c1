/** The programs and libraries of this machine that the plugins need. */
import { findJanus } from "../lib/janus_folders.ts";
import { capture, findExecutable } from "../lib/run.ts";

/** A program and its version, where it tells one. */
export interface Program {
  readonly path: string;
  readonly version: string;
  /** Why it does not start. */
  readonly problem?: string;
}

/** What the dynamic linker looks for in vain, so that a file can't be loaded. */
export async function missingLibraries(path: string): Promise<string[]> {
  const output = await capture("ldd", [path]);
  return [...(output?.stdout ?? "").matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name!);
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
  const problem = /error while loading shared libraries: .*/.exec(output?.stderr ?? "")?.[0];
  return {
    ...{ path, version: version ?? "unknown version" },
    ...problem === undefined ? {} : { problem },
  };
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

/** A program that may be in /usr/sbin. @param version the argument for which it says its version */
export async function findOnPath(name: string, version: string): Promise<Program | undefined> {
  // A user's PATH on Debian has no /sbin.
  const path = await findExecutable(name, `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`);
  return path === undefined ? undefined : { path, version: await programVersion(path, version) };
}

/** The program that sets up networks. */
export function findIp(): Promise<Program | undefined> {
  return findOnPath("ip", "-Version");
}

/** What the browser is called on different systems. */
const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** The browser that the monitor's page is tried in. */
export async function findChromium(): Promise<Program | undefined> {
  for (const name of CHROMIUM_NAMES) {
    const found = await findOnPath(name, "--version");
    if (found !== undefined) return found;
  }
  return undefined;
}

/** -1, 0 or 1 as dotted version `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
