/** Compiles what the benchmark is made of, and finds out what can be compared here. */
import { findJanusFolders } from "../../lib/janus_folders.ts";
import { PROJECT_ROOT } from "../../lib/project.ts";
import {
  BENCH_FOLDER,
  BENCH_SOURCES,
  compilePlugin,
  compileProgram,
  type Needs,
} from "../frame/compile.ts";
import { type Choice, choose } from "../frame/contestants.ts";
import type { Contestant, Handler } from "./contestant.ts";
import { CONTESTANTS } from "./contestants.ts";
import { FILTERS, filterSource } from "./filters.ts";

/** Where all is compiled into. */
export const WORK_FOLDER = `${BENCH_FOLDER}/events`;
const HERE = `${BENCH_SOURCES}/events`;
/** What a subscriber is without its backend. */
export const SUBSCRIBER = `${HERE}/subscriber.c`;

/** What a backend for RabbitMQ needs besides. */
export const RABBITMQ = `${BENCH_SOURCES}/frame/rabbitmq.c`;

/** What is there to compare. */
export interface Prepared extends Choice<Contestant> {
  /** The plugin that makes the events. */
  readonly generator: string;
  /** Files of {@linkcode FILTERS}. */
  readonly filters: readonly string[];
}

/** What takes a backend's events. */
export function backendSource(backend: string): string {
  return `${HERE}/subscriber_${backend}.c`;
}

/** The subscriber for a backend. */
export function subscriberProgram(backend: string): string {
  return `${WORK_FOLDER}/subscriber-${backend}`;
}

/** Chooses those that can be compared here. @throws {Error} when the first isn't there: ours */
export async function chooseHandlers<C extends Handler>(
  candidates: readonly C[],
): Promise<Choice<C>> {
  await Deno.mkdir(WORK_FOLDER, { recursive: true });
  const stock = (await findJanusFolders()).events;
  const choice = await choose(candidates, (one) => libraryOf(one, stock));
  if (choice.contestants[0] !== candidates[0]) {
    throw new Error(`Cannot measure our event handler. ${choice.notes[0]}`);
  }
  return choice;
}

/** Compiles. @throws {Error} with the compiler's words, or when our handler isn't built */
export async function prepare(): Promise<Prepared> {
  const choice = await chooseHandlers(CONTESTANTS);
  for (const { backend, needs } of choice.contestants) {
    if (backend !== undefined) await compileSubscriber(backend, needs);
  }
  return { ...choice, generator: await compileGenerator(), filters: await writeFilters() };
}

/** The path of a handler's shared object, which is compiled if it is this benchmark's. */
async function libraryOf(
  { origin, library, needs }: Handler,
  stock: string,
): Promise<string> {
  switch (origin) {
    case "bench":
      return await compileOwn(library, needs.map(([module]) => module));
    case "ours":
      return `${PROJECT_ROOT}/build/events/libjanus_${library}.so`;
    case "stock":
      return `${stock}/libjanus_${library}.so`;
  }
}

/** Compiles the plugin that makes the events. */
export function compileGenerator(): Promise<string> {
  return compileOwn("eventgen", []);
}

async function compileOwn(name: string, modules: readonly string[]): Promise<string> {
  const output = `${WORK_FOLDER}/libjanus_${name}.so`;
  await compilePlugin(output, `${HERE}/${name}.c`, modules);
  return output;
}

/** Compiles {@linkcode subscriberProgram}. */
export async function compileSubscriber(backend: string, needs: Needs): Promise<void> {
  const more = backend === "rabbitmq" ? [RABBITMQ] : [];
  const sources = [SUBSCRIBER, backendSource(backend), ...more];
  await compileProgram(subscriberProgram(backend), sources, needs.map(([module]) => module));
}

async function writeFilters(): Promise<string[]> {
  const files: string[] = [];
  for (const filter of FILTERS) {
    const file = `${WORK_FOLDER}/${filter.name}.ts`;
    await Deno.writeTextFile(file, filterSource(filter));
    files.push(file);
  }
  return files;
}
