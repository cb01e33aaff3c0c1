/** A Janus with one event handler and the generator. */
import { Belongings } from "../../lib/belongings.ts";
import type { PrivateJanus } from "../../private_janus/private_janus.ts";
import type { ProcessName } from "../../lib/processes.ts";
import { findPluginProcess } from "../frame/plugin_process.ts";
import type { LineProcess } from "../frame/line_process.ts";
import { type Memory, readMemory, readPss } from "../frame/processes.ts";
import { AdminSocket } from "./admin_socket.ts";
import { type Generated, Generator } from "./generator.ts";
import { type Parts, startJanus } from "./start_janus.ts";

/** Milliseconds for Janus to listen, and then for an event to reach whoever takes it. */
const START_TIMEOUT = 20_000;
/** Milliseconds without an event after which none comes any more, from a handler to a subscriber. */
const QUIET = 1_500;
/** The same, while nobody knows whether those who take events are connected. */
const TRY_QUIET = 200;

/** As soon as it can be. */
const ONE: Order = { count: 1, rate: 0 };

/** How long events were on their way, in microseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p99_9: number;
  readonly most: number;
}

/** Numbers of events in a run: the first one, and the one after the last. */
export type Part = readonly [from: number, to: number];

/** Events to be made. */
export interface Order {
  readonly count: number;
  /** Events a second; as fast as it goes: 0. */
  readonly rate: number;
  /** Where latency is looked at: all without, two at most. */
  readonly parts?: readonly Part[];
}

/** What a subscriber saw of a run. */
export interface Reception {
  readonly received: number;
  /** Events that came again, and that came later than one made after them. */
  readonly doubled: number;
  readonly disordered: number;
  /** Of each part of the order. */
  readonly parts: readonly Latency[];
  /** CLOCK_MONOTONIC in nanoseconds. */
  readonly first_at: number;
  readonly last_at: number;
  /** Of all messages together. */
  readonly bytes: number;
  /** Microseconds of processor time that the subscriber used. */
  readonly cpu: number;
}

/** The memory of one process, in MiB. */
export interface MemoryNow extends Memory {
  readonly pss: number;
}

/** A process's memory now; its peak counts from the start, or from when it was reset. */
export async function readMemoryNow(pid: number): Promise<MemoryNow> {
  return { ...await readMemory(pid), pss: await readPss(pid) };
}

/** It, running. */
export class GeneratingJanus implements AsyncDisposable {
  readonly title: string;
  /** The Deno process of our handler. */
  readonly plugin: number | undefined;
  readonly #janus: PrivateJanus;
  readonly #generator: Generator;
  readonly #own: Belongings;

  private constructor(
    title: string,
    janus: PrivateJanus,
    plugin: number | undefined,
    generator: Generator,
    own: Belongings,
  ) {
    this.title = title;
    this.plugin = plugin;
    this.#janus = janus;
    this.#generator = generator;
    this.#own = own;
  }

  /** Janus's process id. */
  get pid(): number {
    return this.#janus.pid;
  }

  /** Janus's child processes now. */
  children(): Promise<ProcessName[]> {
    return this.#janus.children();
  }

  /** Starts it. @throws {Error} when something doesn't start */
  static async start(parts: Parts): Promise<GeneratingJanus> {
    const { handler } = parts;
    await using own = new Belongings();
    const { janus, admin } = await startJanus(parts, own);
    const socket = own.use(await AdminSocket.open(admin, janus.admin_secret, START_TIMEOUT));
    const plugin = handler.origin === "ours" ? await findPluginProcess(janus) : undefined;
    const generator = new Generator(socket);
    return new GeneratingJanus(handler.title, janus, plugin, generator, own.move());
  }

  /**
   * Has events made and received.
   *
   * @param quiet milliseconds in which none comes any more, once all are made: then the rest is lost
   */
  run(
    subscribers: readonly LineProcess[],
    order: Order,
    quiet: number = QUIET,
  ): Promise<[Generated, Reception[]]> {
    return this.runAs(this.#generator.nextRun(), subscribers, order, quiet);
  }

  /** The same for a run of a certain number. */
  async runAs(
    run: number,
    subscribers: readonly LineProcess[],
    { count, rate, parts = [[0, count]] }: Order,
    quiet: number,
  ): Promise<[Generated, Reception[]]> {
    const all = <T>(work: (one: LineProcess) => Promise<T>) => Promise.all(subscribers.map(work));
    await all((one) => one.send(`${run} ${count} ${quiet} ${parts.flat().join(" ")}`));
    await this.#generator.start(run, count, rate);
    const generated = await this.#generator.finish(run);
    await all((one) => one.send("end"));
    return [generated, await all(async (one) => JSON.parse(await one.receive()))];
  }

  /** Waits until events reach all of them. @throws {Error} with Janus's log when none comes */
  async waitForEvents(subscribers: readonly LineProcess[]): Promise<void> {
    const end = performance.now() + START_TIMEOUT;
    for (;;) {
      const run = this.#generator.nextRun();
      const [, receptions] = await this.runAs(run, subscribers, ONE, TRY_QUIET);
      if (receptions.every(({ received }) => received === 1)) return;
      if (performance.now() > end) {
        const log = this.#janus.log.tail().join("\n");
        throw new Error(`Cannot measure ${this.title}: no event comes\n${log}`);
      }
    }
  }

  /** Ends Janus, and removes what was made for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
  }
}
