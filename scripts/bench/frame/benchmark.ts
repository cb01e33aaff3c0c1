/** The frame that the benchmarks share: options, building, rounds, Ctrl-C, and what comes of it. */
import { BuildError, buildPlugins, type PluginName } from "../../build.ts";
import {
  type CommandLine,
  type OptionKinds,
  type OptionValues,
  readNumber,
  runCommand,
} from "../../lib/command_line.ts";
import { Interruption } from "../../lib/waiting.ts";
import { progress, publish, type Report } from "./report.ts";

/** What the reader asked for. */
export interface Choice<K extends OptionKinds> {
  readonly options: OptionValues<K>;
  /** Only to see whether everything works. */
  readonly quick: boolean;
  readonly rounds: number;
}

/** What a benchmark is given to measure with. */
export interface Run {
  /** Aborted by Ctrl-C: looked at before each measurement. */
  readonly signal: AbortSignal;
  /** The machine's load average before. */
  readonly load: number;
  /** Says on the terminal how far things are; nowhere else. */
  progress(text: string): void;
}

/** A benchmark: K are its own options, P is how it goes about measuring. */
export interface Benchmark<K extends OptionKinds, P> {
  readonly name: string;
  /** What it measures, indented as in `--help`. */
  readonly about: string;
  readonly options: K;
  /** Lines about its own options. */
  readonly optionsUsage: string;
  /** What is built first. */
  readonly builds: readonly PluginName[];
  readonly rounds: { readonly full: number; readonly quick: number };
  /** @throws {UsageError} before any work */
  plan(choice: Choice<K>): P;
  measure(plan: P, run: Run): Promise<Report>;
}

const OPTIONS = { quick: "flag", rounds: "text" } as const;

/** Runs a benchmark as its command line says. @returns the exit code */
export function runBenchmark<const K extends OptionKinds, P>(
  benchmark: Benchmark<K, P>,
): Promise<number> {
  const { name, about, optionsUsage, rounds } = benchmark;
  const usage = `Usage: scripts/deno task bench:${name} [options]

${about}

  --rounds N     How often everything is measured, in turns; default ${rounds.full}.
  --quick        Only looks whether everything works: ${rounds.quick} short rounds.
${optionsUsage}
  -h, --help     Shows this.

The results go to build/bench/${name}.*
`;
  return runCommand({
    usage,
    options: { ...OPTIONS, ...benchmark.options },
    known: [BuildError],
    run: async ({ options }: CommandLine<typeof OPTIONS & K>) => {
      const { quick, rounds: text } = options as unknown as OptionValues<typeof OPTIONS>;
      const normal = String(quick ? rounds.quick : rounds.full);
      const whole = (number: number) => Number.isInteger(number) && number > 0;
      const chosen = readNumber("--rounds", text ?? normal, "a whole number above 0", whole);
      return await measure(benchmark, benchmark.plan({ options, quick, rounds: chosen }));
    },
  });
}

async function measure<K extends OptionKinds, P>(
  benchmark: Benchmark<K, P>,
  plan: P,
): Promise<number> {
  const [load = 0] = Deno.loadavg();
  if (benchmark.builds.length > 0) await buildPlugins(benchmark.builds);
  using interruption = new Interruption();
  const { signal } = interruption;
  try {
    const report = await benchmark.measure(plan, { signal, load, progress });
    progress("");
    await publish(benchmark.name, report);
    return 0;
  } catch (error) {
    // After Ctrl-C whatever is measured may fail in its own way: all of it has been ended.
    if (!signal.aborted) throw error;
    console.error("\nInterrupted.");
    return 130;
  }
}
