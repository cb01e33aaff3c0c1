/** What the machine itself adds to every tail: how late it wakes threads, and what others take of it. */
import { LineProcess } from "../frame/line_process.ts";
import type { EventJanus } from "./event_janus.ts";
import type { Latency } from "./generating_janus.ts";
import { LATENESS } from "./prepare.ts";

/** The rate of the generator beside which it is looked at, too. */
export const BESIDE_RATE = 10_000;

/** What the machine's cores have done so far, in the kernel's ticks. */
export interface Ticks {
  readonly all: number;
  /** Without work, or waiting for a disk. */
  readonly idle: number;
  /** Ready to work, while the host of a virtual machine gave the core to others. */
  readonly stolen: number;
}

/** What the machine did in one round. */
export interface MachineRound {
  /** How late a thread woke that slept for 100 us: with all contestants idle, and with the generator busy. */
  readonly idle: Latency;
  readonly beside: Latency;
  /** The share (0 to 1) of the cores that was taken while all contestants were idle. */
  readonly busy: number;
  /** The share that the host took in the whole round. */
  readonly stolen: number;
}

/** The ticks in the text of `/proc/stat`. */
export function parseTicks(stat: string): Ticks {
  const fields = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(" ").map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    fields;
  return {
    all: user + nice + system + idle + iowait + irq + softirq + steal,
    idle: idle + iowait,
    stolen: steal,
  };
}

/** Shares of all ticks between two readings. */
export function sharesBetween(
  before: Ticks,
  after: Ticks,
): { readonly busy: number; readonly stolen: number } {
  const all = Math.max(1, after.all - before.all);
  return {
    busy: 1 - (after.idle - before.idle) / all,
    stolen: (after.stolen - before.stolen) / all,
  };
}

async function readTicks(): Promise<Ticks> {
  return parseTicks(await Deno.readTextFile("/proc/stat"));
}

/** Looks at the machine. */
export class Machine implements AsyncDisposable {
  readonly #process: LineProcess;
  /** The one with the handler of nothing. */
  readonly #generating: EventJanus;

  private constructor(process: LineProcess, generating: EventJanus) {
    this.#process = process;
    this.#generating = generating;
  }

  /** @param generating whose handler does nothing, and which stays its owner's */
  static async start(generating: EventJanus): Promise<Machine> {
    return new Machine(await LineProcess.start(LATENESS, []), generating);
  }

  /** Looks for so many seconds each time, and has the round's work done after that. */
  async watch(seconds: number, work: () => Promise<void>): Promise<MachineRound> {
    const begun = await readTicks();
    const idle = await this.#look(seconds);
    const { busy } = sharesBetween(begun, await readTicks());
    const count = Math.ceil(BESIDE_RATE * seconds);
    const [beside] = await Promise.all([
      this.#look(seconds),
      this.#generating.run({ count, rate: BESIDE_RATE }),
    ]);
    await work();
    return { idle, beside, busy, stolen: sharesBetween(begun, await readTicks()).stolen };
  }

  async #look(seconds: number): Promise<Latency> {
    await this.#process.send(String(Math.ceil(seconds * 1_000)));
    return JSON.parse(await this.#process.receive());
  }

  /** Ends what looks. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
