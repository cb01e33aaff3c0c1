/** Compiles what the benchmarks are made of, with the system's compiler. */
import { PROJECT_ROOT } from "../../lib/project.ts";
import { capture } from "../../lib/run.ts";
import { findJanusHeaders, pkgConfigVersion } from "../../lib/c_headers.ts";

/** Where everything of the benchmarks' goes. */
export const BENCH_FOLDER = `${PROJECT_ROOT}/build/bench`;
/** The benchmarks' sources, a folder for each. */
export const BENCH_SOURCES = `${PROJECT_ROOT}/scripts/bench`;

/** C libraries by their pkg-config name, with Debian's package for each. */
export type Needs = readonly (readonly [module: string, packageName: string])[];

/** Debian's packages that are to be installed first. */
export async function missingPackages(needs: Needs): Promise<string[]> {
  const missing: string[] = [];
  for (const [module, name] of needs) {
    if (await pkgConfigVersion(module) === undefined) missing.push(name);
  }
  return missing;
}

const CFLAGS = "-std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wshadow".split(" ");
const COMMON = `${BENCH_SOURCES}/frame/bench.c`;

/** Compiles a program. @throws {Error} with the compiler's words */
export async function compileProgram(
  output: string,
  sources: readonly string[],
  modules: readonly string[],
): Promise<void> {
  await compile([...sources, COMMON, "-o", output, ...await flagsOf(modules)]);
}

/** Compiles a plugin for Janus. @throws {Error} with the compiler's words, or without headers */
export async function compilePlugin(
  output: string,
  source: string,
  modules: readonly string[],
): Promise<void> {
  const headers = await findJanusHeaders();
  if (headers === undefined) throw new Error("Cannot find Janus's headers: task doctor says more");
  await compile([
    // Janus's structures have const callbacks: the headers are meant to be a system's.
    ...["-shared", "-fPIC", "-Wl,-Bsymbolic", "-isystem", headers.folder],
    ...[source, "-o", output],
    ...await flagsOf([...modules, "jansson", "glib-2.0"]),
  ]);
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
