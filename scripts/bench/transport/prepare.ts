/** Compiles what the benchmark is made of, and finds out what can be compared here. */
import { findJanusFolders } from "../../lib/janus_folders.ts";
import { PROJECT_ROOT } from "../../lib/project.ts";
import { capture, exists } from "../../lib/run.ts";
import { findJanusHeaders, pkgConfigVersion } from "../../lib/system.ts";
import { type Contestant, CONTESTANTS } from "./contestants.ts";

/** Where everything of the benchmark's goes. */
export const BENCH_FOLDER = `${PROJECT_ROOT}/build/bench`;
const WORK_FOLDER = `${BENCH_FOLDER}/transport`;
const HERE = `${PROJECT_ROOT}/scripts/bench/transport`;

/** What is there to compare. */
export interface Prepared {
  readonly contestants: readonly Contestant[];
  /** What is left out, and why, a line each. */
  readonly notes: readonly string[];
  /** The shared object of a contestant. */
  readonly libraries: ReadonlyMap<Contestant, string>;
}

/** The load generator for a backend. */
export function loadProgram(backend: string): string {
  return `${WORK_FOLDER}/load-${backend}`;
}

/** Compiles. @throws {Error} with the compiler's words, or when our transport isn't built */
export async function prepare(): Promise<Prepared> {
  await Deno.mkdir(WORK_FOLDER, { recursive: true });
  const contestants: Contestant[] = [];
  const notes: string[] = [];
  const libraries = new Map<Contestant, string>();
  const stock = (await findJanusFolders()).transports;
  for (const one of CONTESTANTS) {
    const missing = await findMissing(one);
    if (missing.length > 0) {
      notes.push(`${one.title} is left out: apt-get install ${missing.join(" ")}`);
      continue;
    }
    const library = await libraryOf(one, stock);
    if (library === undefined) {
      notes.push(`${one.title} is left out: Janus has no ${one.library}`);
      continue;
    }
    contestants.push(one);
    libraries.set(one, library);
    await compileLoad(one.backend, one.needs.map(([module]) => module));
  }
  if (contestants[0]?.key !== "zeromq") {
    throw new Error(`Cannot measure our transport. ${notes[0]}`);
  }
  await compileLoad("peers", []);
  return { contestants, notes, libraries };
}

async function findMissing({ needs }: Contestant): Promise<string[]> {
  const missing: string[] = [];
  for (const [module, name] of needs) {
    if (await pkgConfigVersion(module) === undefined) missing.push(name);
  }
  return missing;
}

async function libraryOf(one: Contestant, stock: string): Promise<string | undefined> {
  if (one.key === "native") return await compileNativeRouter();
  const own = `${PROJECT_ROOT}/build/transports/${one.library}`;
  const path = one.key === "zeromq" ? own : `${stock}/${one.library}`;
  return await exists(path) ? path : undefined;
}

const CFLAGS = "-std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wshadow".split(" ");

async function compileLoad(backend: string, modules: readonly string[]): Promise<void> {
  const sources = [`${HERE}/load.c`, `${HERE}/load_${backend}.c`];
  await compile([...sources, "-o", loadProgram(backend), ...await flagsOf(modules)]);
}

async function compileNativeRouter(): Promise<string> {
  const output = `${WORK_FOLDER}/libjanus_native_router.so`;
  const headers = await findJanusHeaders();
  if (headers === undefined) throw new Error("Cannot find Janus's headers: task doctor says more");
  await compile([
    // JANUS_TRANSPORT's callbacks are const: the headers are meant to be a system's.
    ...["-shared", "-fPIC", "-Wl,-Bsymbolic", "-isystem", headers.folder],
    ...[`${HERE}/native_router.c`, "-o", output],
    ...await flagsOf(["libzmq", "jansson", "glib-2.0"]),
  ]);
  return output;
}

async function flagsOf(modules: readonly string[]): Promise<string[]> {
  if (modules.length === 0) return [];
  const flags = await capture("pkg-config", ["--cflags", "--libs", ...modules]);
  if (flags?.code !== 0) throw new Error(`Cannot find ${modules.join(", ")}: ${flags?.stderr}`);
  return flags.stdout.trim().split(/\s+/);
}

async function compile(args: readonly string[]): Promise<void> {
  const done = await capture("gcc", [...CFLAGS, ...args]);
  if (done === undefined) throw new Error("Cannot compile: there is no gcc");
  if (done.code !== 0) throw new Error(`Cannot compile:\n${done.stderr}`);
}
