/** Compiles what the benchmark is made of, and finds out what can be compared here. */
import { findJanusFolders } from "../../lib/janus_folders.ts";
import { PROJECT_ROOT } from "../../lib/project.ts";
import { exists } from "../../lib/run.ts";
import {
  BENCH_FOLDER,
  BENCH_SOURCES,
  compilePlugin,
  compileProgram,
  missingPackages,
} from "../lib/compile.ts";
import { type Contestant, CONTESTANTS } from "./contestants.ts";

const WORK_FOLDER = `${BENCH_FOLDER}/transport`;
const HERE = `${BENCH_SOURCES}/transport`;

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
    const missing = await missingPackages(one.needs);
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

async function libraryOf(one: Contestant, stock: string): Promise<string | undefined> {
  if (one.key === "native") return await compileNativeRouter();
  const own = `${PROJECT_ROOT}/build/transports/${one.library}`;
  const path = one.key === "zeromq" ? own : `${stock}/${one.library}`;
  return await exists(path) ? path : undefined;
}

async function compileLoad(backend: string, modules: readonly string[]): Promise<void> {
  const sources = [`${HERE}/load.c`, `${HERE}/load_${backend}.c`];
  await compileProgram(loadProgram(backend), sources, modules);
}

async function compileNativeRouter(): Promise<string> {
  const output = `${WORK_FOLDER}/libjanus_native_router.so`;
  await compilePlugin(output, `${HERE}/native_router.c`, ["libzmq"]);
  return output;
}
