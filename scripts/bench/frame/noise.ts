/** What the machine does by itself: how late it wakes threads, what else runs, what its host takes. */
import { median } from "../../lib/statistics.ts";
import { BENCH_FOLDER, BENCH_SOURCES, compileProgram } from "./compile.ts";
import { LineProcess } from "./line_process.ts";
import { columns } from "./report.ts";
import type { Table } from "./table.ts";

/** A look at the machine. */
export interface Noise {
  /** Microseconds by which a thread that sleeps 100 us wakes late: half of the times, and so on. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Percent of the processors' time that other things took meanwhile. */
  readonly busy: number;
  /** Percent of it that the host took away since the look before. */
  readonly steal: number;
}

/** Processor time of the whole machine, in Linux's ticks. */
export interface MachineTime {
  /** With nothing to do, or waiting for a disk. */
  readonly idle: number;
  readonly steal: number;
  readonly total: number;
}

/** The times in the text of `/proc/stat`. */
export function parseMachineTime(stat: string): MachineTime {
  // user, nice, system, idle, iowait, irq, softirq, steal; guests' time is in user and nice.
  const ticks = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(" ").slice(0, 8).map(Number) ?? [];
  const [idle = 0, iowait = 0] = ticks.slice(3);
  return {
    idle: idle + iowait,
    steal: ticks[7] ?? 0,
    total: ticks.reduce((sum, one) => sum + one, 0),
  };
}

/** Percent of the time between two readings that was spent so. */
export function percentOf(
  what: "idle" | "steal",
  before: MachineTime,
  after: MachineTime,
): number {
  const total = after.total - before.total;
  return total === 0 ? 0 : 100 * (after[what] - before[what]) / total;
}

/** A thread that sleeps and looks at the clock. */
export class NoiseMeter implements AsyncDisposable {
  readonly #process: LineProcess;
  #before: MachineTime;

  private constructor(process: LineProcess, before: MachineTime) {
    this.#process = process;
    this.#before = before;
  }

  /** Compiles and starts it. */
  static async start(): Promise<NoiseMeter> {
    const program = `${BENCH_FOLDER}/noise`;
    await Deno.mkdir(BENCH_FOLDER, { recursive: true });
    await compileProgram(program, [`${BENCH_SOURCES}/frame/noise.c`], []);
    return new NoiseMeter(await LineProcess.start(program, []), await readMachineTime());
  }

  /** Looks for some time, during which nothing else ought to run. */
  async look(milliseconds: number): Promise<Noise> {
    const begun = await readMachineTime();
    await this.#process.send(String(milliseconds));
    const late: Omit<Noise, "busy" | "steal"> = JSON.parse(await this.#process.receive());
    const now = await readMachineTime();
    const busy = Math.max(0, 100 - percentOf("idle", begun, now) - percentOf("steal", begun, now));
    const steal = percentOf("steal", this.#before, now);
    this.#before = now;
    return { ...late, busy, steal };
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

async function readMachineTime(): Promise<MachineTime> {
  return parseMachineTime(await Deno.readTextFile("/proc/stat"));
}

/** The looks of each part of a benchmark as a table, a part a row: medians, and the worst. */
export function noiseTable(parts: Readonly<Record<string, readonly Noise[]>>): Table {
  const rows = Object.entries(parts).filter(([_part, looks]) => looks.length > 0);
  return {
    columns: columns(
      "while",
      ...["looks", "p50 us", "p99 us", "p99.9 us", "worst p99.9", "latest"],
      ...["busy", "most", "stolen", "most"],
    ),
    rows: rows.map(([part, looks]) => {
      const all = (pick: (noise: Noise) => number) => looks.map(pick);
      const late = [median(all(({ p50 }) => p50)), median(all(({ p99 }) => p99))];
      const p999 = all((noise) => noise.p999);
      const shares = [all(({ busy }) => busy), all(({ steal }) => steal)];
      return [
        part,
        String(looks.length),
        ...[...late, median(p999), Math.max(...p999)].map((time) => time.toFixed(0)),
        Math.max(...all(({ max }) => max)).toFixed(0),
        ...shares.flatMap((all) => [median(all), Math.max(...all)]).map((percent) =>
          `${percent.toFixed(1)} %`
        ),
      ];
    }),
  };
}
