/** Compiles what the benchmark is made of, and finds out what can be compared here. */
import { findJanusFolders } from "../../lib/janus_folders.ts";
import { PROJECT_ROOT } from "../../lib/project.ts";
import { BENCH_FOLDER, BENCH_SOURCES, compilePlugin, compileProgram } from "../frame/compile.ts";
import { type Choice, choose } from "../frame/contestants.ts";
import { type Contestant, CONTESTANTS } from "./contestants.ts";
import { HOOK_FILE, HOOK_SOURCE } from "./hook.ts";

const WORK_FOLDER = `${BENCH_FOLDER}/transport`;
const HERE = `${BENCH_SOURCES}/transport`;

/** What is there to compare. */
export type Prepared = Choice<Contestant>;

/** The load generator for a backend. */
export function loadProgram(backend: string): string {
  return `${WORK_FOLDER}/load-${backend}`;
}

/** Compiles. @throws {Error} with the compiler's words, or when our transport isn't built */
export async function prepare(): Promise<Prepared> {
  await Deno.mkdir(WORK_FOLDER, { recursive: true });
  const stock = (await findJanusFolders()).transports;
  const choice = await choose(CONTESTANTS, (one) => libraryOf(one, stock));
  if (choice.contestants[0]?.key !== "zeromq") {
    throw new Error(`Cannot measure our transport. ${choice.notes[0]}`);
  }
  for (const { backend, needs } of choice.contestants) {
    await compileLoad(backend, needs.map(([module]) => module));
  }
  await compileLoad("peers", []);
  await Deno.writeTextFile(HOOK_FILE, HOOK_SOURCE);
  return choice;
}

async function libraryOf(one: Contestant, stock: string): Promise<string> {
  if (one.key === "native") return await compileNativeRouter();
  const ours = one.key === "zeromq" || one.key === "hook";
  return `${ours ? `${PROJECT_ROOT}/build/transports` : stock}/${one.library}`;
}

async function compileLoad(backend: string, modules: readonly string[]): Promise<void> {
  const sources = [`${HERE}/load.c`, `${HERE}/load_${backend}.c`];
  if (backend === "rabbitmq") sources.push(`${BENCH_SOURCES}/frame/rabbitmq.c`);
  await compileProgram(loadProgram(backend), sources, modules);
}

async function compileNativeRouter(): Promise<string> {
  const output = `${WORK_FOLDER}/libjanus_native_router.so`;
  await compilePlugin(output, `${HERE}/native_router.c`, ["libzmq"]);
  return output;
}
