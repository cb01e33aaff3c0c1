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
import { type Contestant, CONTESTANTS, passingFilter } from "./contestants.ts";

const WORK_FOLDER = `${BENCH_FOLDER}/events`;
const HERE = `${BENCH_SOURCES}/events`;

/** What is there to compare. */
export interface Prepared {
  readonly contestants: readonly Contestant[];
  /** What is left out, and why, a line each. */
  readonly notes: readonly string[];
  /** The shared object of a contestant. */
  readonly libraries: ReadonlyMap<Contestant, string>;
  /** The plugin that makes the events. */
  readonly generator: string;
  /** Files of filters that let everything pass. */
  readonly filters: readonly string[];
}

/** The subscriber for a backend. */
export function subscriberProgram(backend: string): string {
  return `${WORK_FOLDER}/subscriber-${backend}`;
}

/** Compiles. @throws {Error} with the compiler's words, or when our handler isn't built */
export async function prepare(): Promise<Prepared> {
  await Deno.mkdir(WORK_FOLDER, { recursive: true });
  const contestants: Contestant[] = [];
  const notes: string[] = [];
  const libraries = new Map<Contestant, string>();
  const stock = (await findJanusFolders()).events;
  for (const one of CONTESTANTS) {
    const missing = await missingPackages(one.needs);
    if (missing.length > 0) {
      notes.push(`${one.title} is left out: apt-get install ${missing.join(" ")}`);
      continue;
    }
    const library = await libraryOf(one, stock);
    if (!(await exists(library))) {
      notes.push(`${one.title} is left out: there is no ${library}`);
      continue;
    }
    contestants.push(one);
    libraries.set(one, library);
    if (one.backend !== undefined) await compileSubscriber(one.backend, one);
  }
  if (contestants[0]?.key !== "zeromq") {
    throw new Error(`Cannot measure our event handler. ${notes[0]}`);
  }
  const generator = await compileOwn("eventgen", []);
  return { contestants, notes, libraries, generator, filters: await writeFilters() };
}

async function libraryOf({ origin, library, needs }: Contestant, stock: string): Promise<string> {
  switch (origin) {
    case "bench":
      return await compileOwn(library, needs.map(([module]) => module));
    case "ours":
      return `${PROJECT_ROOT}/build/events/libjanus_${library}.so`;
    case "stock":
      return `${stock}/libjanus_${library}.so`;
  }
}

async function compileOwn(name: string, modules: readonly string[]): Promise<string> {
  const output = `${WORK_FOLDER}/libjanus_${name}.so`;
  await compilePlugin(output, `${HERE}/${name}.c`, modules);
  return output;
}

async function compileSubscriber(backend: string, { needs }: Contestant): Promise<void> {
  const sources = [`${HERE}/subscriber.c`, `${HERE}/subscriber_${backend}.c`];
  await compileProgram(subscriberProgram(backend), sources, needs.map(([module]) => module));
}

async function writeFilters(): Promise<string[]> {
  const files: string[] = [];
  for (const name of ["one", "two", "three"]) {
    const file = `${WORK_FOLDER}/${name}.ts`;
    await Deno.writeTextFile(file, passingFilter(name));
    files.push(file);
  }
  return files;
}
