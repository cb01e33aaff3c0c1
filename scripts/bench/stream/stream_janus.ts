/** A contestant, running: its Janus, what stores its events, and who takes them on both sides. */
import { freePorts } from "../../lib/ports.ts";
import { sleep } from "../../lib/waiting.ts";
import { LineProcess } from "../frame/line_process.ts";
import { readThreads } from "../frame/processes.ts";
import { threadsOf } from "../events/cpu_times.ts";
import {
  GeneratingJanus,
  type MemoryNow,
  readMemoryNow,
  type Reception,
} from "../events/generating_janus.ts";
import type { Generated } from "../events/generator.ts";
import { type Placement, placeThreads } from "../events/placement.ts";
import { subscriberProgram } from "../events/prepare.ts";
import type { Contestant, EngineKey } from "./contestants.ts";
import type { Engine, Stored } from "./engine.ts";
import { NatsEngine } from "./nats_engine.ts";
import { RabbitmqEngine } from "./rabbitmq_engine.ts";
import { consumerProgram, type Prepared, writerProgram } from "./prepare.ts";

/** Milliseconds without an event after which none comes any more: a server may pause for seconds. */
const QUIET = 4_000;
/** How often (ms) it is asked how much is stored, where nobody takes it. */
const ASK_MS = 100;

/** The processes that events go through. */
export const PROCESSES = ["janus", "plugin", "companion", "writer", "engine"] as const;

/** One of {@linkcode PROCESSES}. */
export type ProcessKey = (typeof PROCESSES)[number];

/** Something of each of them; undefined for those that a contestant has not. */
export type PerProcess<T> = Readonly<Partial<Record<ProcessKey, T>>>;

/** What became of a run's events. */
export interface Outcome {
  readonly generated: Generated;
  /** Beside the stream, and from it; undefined where nobody takes them there. */
  readonly pub: Reception | undefined;
  readonly stream: Reception | undefined;
}

const ENGINES: Readonly<Record<EngineKey, () => Promise<Engine>>> = {
  nats: () => NatsEngine.start(),
  rabbitmq: () => RabbitmqEngine.start(),
};

/** The stream's process has this name, as the plugin's has; only that one may use libraries. */
async function findCompanion(janus: GeneratingJanus): Promise<number | undefined> {
  const others = (await janus.children()).filter(({ pid, command }) =>
    pid !== janus.plugin && command.startsWith("deno")
  );
  return others[0]?.pid;
}

/** Waits until so many are stored, or no more come. */
async function untilStored(stored: () => Promise<Stored>, count: number): Promise<void> {
  let last = 0;
  for (let since = performance.now(); performance.now() - since < QUIET;) {
    const { messages } = await stored();
    if (messages >= count) return;
    if (messages > last) since = performance.now();
    last = messages;
    await sleep(ASK_MS);
  }
}

/** Has an event made, and waits until it is stored. @throws {Error} if it never is */
async function waitUntilStored(janus: GeneratingJanus, engine: Engine): Promise<void> {
  const stored = (await engine.count())!;
  await janus.run([], { count: 1, rate: 0 });
  await untilStored(stored, 1);
  if ((await stored()).messages === 0) {
    throw new Error(`Cannot measure ${janus.title}: no event is stored`);
  }
}

/** Each contestant has its own. */
export class StreamJanus implements AsyncDisposable {
  readonly contestant: Contestant;
  readonly engine: Engine | undefined;
  readonly pids: PerProcess<number>;
  readonly #janus: GeneratingJanus;
  readonly #pub: LineProcess | undefined;
  readonly #consumer: LineProcess | undefined;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    contestant: Contestant,
    janus: GeneratingJanus,
    pids: PerProcess<number>,
    sides: {
      readonly engine: Engine | undefined;
      readonly pub: LineProcess | undefined;
      readonly consumer: LineProcess | undefined;
    },
    stack: AsyncDisposableStack,
  ) {
    this.contestant = contestant;
    this.engine = sides.engine;
    this.pids = pids;
    this.#janus = janus;
    this.#pub = sides.pub;
    this.#consumer = sides.consumer;
    this.#stack = stack;
  }

  /** Starts everything, and waits until events arrive. @throws {Error} when something doesn't */
  static async start(
    contestant: Contestant,
    prepared: Prepared,
    placement: Placement,
  ): Promise<StreamJanus> {
    await using stack = new AsyncDisposableStack();
    const [port = 0] = freePorts(1);
    const engine = contestant.engine && stack.use(await ENGINES[contestant.engine]());
    const place = contestant.place(port, engine?.address ?? "");
    const start = async (program: string, ...args: readonly string[]) =>
      stack.use(await LineProcess.start(program, args));
    const { backend = "", key, writer: hasWriter, unread } = contestant;
    const address = place.address ?? "";
    const writer = hasWriter && engine &&
      await start(writerProgram(backend), address, engine.address, key);
    const pub = hasWriter || unread || backend === ""
      ? undefined
      : await start(subscriberProgram(backend), address);
    const consumer = unread || engine === undefined
      ? undefined
      : await start(consumerProgram(contestant.engine!), engine.consumer);
    const janus = stack.use(
      await GeneratingJanus.start({
        ...{ handler: contestant, place, port },
        library: prepared.libraries.get(contestant)!,
        generator: prepared.generator,
      }),
    );
    await janus.waitForEvents([pub, consumer].filter((one) => one !== undefined));
    if (unread) await waitUntilStored(janus, engine!);
    await placeThreads(janus.pid, placement);
    const pids = Object.entries({
      ...{ janus: janus.pid, plugin: janus.plugin, companion: await findCompanion(janus) },
      ...{ writer: writer?.pid, engine: engine?.pid },
    }).filter(([, pid]) => pid !== undefined);
    const sides = { engine, pub, consumer };
    return new StreamJanus(
      contestant,
      janus,
      Object.fromEntries(pids),
      sides,
      stack.move(),
    );
  }

  /** Has events made, `rate` a second or as fast as it goes (0), and taken on both sides. */
  async run(count: number, rate: number): Promise<Outcome> {
    const sides = [this.#pub, this.#consumer].filter((one) => one !== undefined);
    const stored = this.contestant.unread && await this.engine!.count();
    const [generated, receptions] = await this.#janus.run(sides, { count, rate }, QUIET);
    if (stored) await untilStored(stored, count);
    const of = (side: LineProcess | undefined) =>
      side === undefined ? undefined : receptions[sides.indexOf(side)];
    return { generated, pub: of(this.#pub), stream: of(this.#consumer) };
  }

  /** Processor time (ms) so far; Janus's without the generator. */
  async readTimes(): Promise<PerProcess<number>> {
    return await this.#read(async (pid, key) => {
      const threads = await readThreads(pid);
      const total = threads.reduce((sum, { time }) => sum + time, 0);
      return key === "janus" ? total - threadsOf(threads).generator.time : total;
    });
  }

  /** Memory now. */
  async readMemory(): Promise<PerProcess<MemoryNow>> {
    return await this.#read(readMemoryNow);
  }

  async #read<T>(read: (pid: number, key: ProcessKey) => Promise<T>): Promise<PerProcess<T>> {
    const found: Partial<Record<ProcessKey, T>> = {};
    for (const key of PROCESSES) {
      const pid = this.pids[key];
      if (pid !== undefined) found[key] = await read(pid, key);
    }
    return found;
  }

  /** Ends all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
