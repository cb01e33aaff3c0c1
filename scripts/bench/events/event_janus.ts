/** A contestant, running: its Janus, and a subscriber. */
import { freePorts } from "../../lib/ports.ts";
import { LineProcess } from "../frame/line_process.ts";
import { resetPeak } from "../frame/processes.ts";
import type { Broker } from "../frame/broker.ts";
import { startBroker } from "../frame/brokers.ts";
import type { Contestant } from "./contestant.ts";
import { FILTERS } from "./filters.ts";
import {
  GeneratingJanus,
  type MemoryNow,
  type Order,
  readMemoryNow,
  type Reception,
} from "./generating_janus.ts";
import type { Generated } from "./generator.ts";
import { type Placement, placeThreads } from "./placement.ts";
import { type Prepared, subscriberProgram } from "./prepare.ts";

/** Milliseconds in which an event that isn't to come would. */
const PROBE_QUIET = 1_000;

/** Memory of Janus, and of the plugin's process where there is one. */
export interface MemoryOfBoth {
  readonly janus: MemoryNow;
  readonly plugin: MemoryNow | undefined;
}

/** Our handler does not do what a contestant is about: an older build, say. */
export class UnableError extends Error {}

/** Each contestant has its own. */
export class EventJanus implements AsyncDisposable {
  readonly contestant: Contestant;
  /** What stands between handler and subscriber, where something does. */
  readonly broker: Broker | undefined;
  readonly #janus: GeneratingJanus;
  /** None where nobody can subscribe. */
  readonly #subscribers: readonly LineProcess[];
  readonly #stack: AsyncDisposableStack;

  private constructor(
    contestant: Contestant,
    broker: Broker | undefined,
    janus: GeneratingJanus,
    subscribers: readonly LineProcess[],
    stack: AsyncDisposableStack,
  ) {
    this.contestant = contestant;
    this.broker = broker;
    this.#janus = janus;
    this.#subscribers = subscribers;
    this.#stack = stack;
  }

  /** Janus's process id. */
  get pid(): number {
    return this.#janus.pid;
  }

  /** The Deno process of our handler. */
  get plugin(): number | undefined {
    return this.#janus.plugin;
  }

  /**
   * Starts everything, and waits until events arrive.
   *
   * @throws {UnableError} when filters have no effect
   * @throws {Error} when something doesn't start, or no event comes
   */
  static async start(
    contestant: Contestant,
    prepared: Prepared,
    placement: Placement,
  ): Promise<EventJanus> {
    await using stack = new AsyncDisposableStack();
    const broker = contestant.broker && stack.use(await startBroker(contestant.broker));
    const port = broker === undefined ? freePorts(1)[0]! : Number(broker.address.split(":")[1]);
    const place = contestant.place(port, prepared.filters.slice(0, contestant.filters));
    // One that listens itself, or makes a queue, must be there first.
    const { backend } = contestant;
    const subscribers = backend === undefined || place.address === undefined
      ? []
      : [stack.use(await LineProcess.start(subscriberProgram(backend), [place.address]))];
    const library = prepared.libraries.get(contestant)!;
    const { generator } = prepared;
    const parts = { handler: contestant, library, generator, place, port };
    const janus = stack.use(await GeneratingJanus.start(parts));
    await janus.waitForEvents(subscribers);
    await placeThreads(janus.pid, placement);
    const started = new EventJanus(contestant, broker, janus, subscribers, stack.move());
    try {
      await started.#probeFilters();
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Has events made and received. */
  async run(order: Order): Promise<[Generated, Reception | undefined]> {
    const [generated, [reception]] = await this.#janus.run(this.#subscribers, order);
    return [generated, reception];
  }

  /** Looks whether each filter drops what it is to drop: what does nothing would look fast. */
  async #probeFilters(): Promise<void> {
    for (const { name, drops } of FILTERS.slice(0, this.contestant.filters)) {
      const one = { count: 1, rate: 0 };
      const [, [reception]] = await this.#janus.runAs(drops, this.#subscribers, one, PROBE_QUIET);
      if (reception?.received !== 0) throw new UnableError(`no filter "${name}" is at work`);
    }
  }

  /** Memory now; the peaks count from the start or from {@linkcode resetPeaks}. */
  async readMemory(): Promise<MemoryOfBoth> {
    const { plugin } = this;
    return {
      janus: await readMemoryNow(this.pid),
      plugin: plugin === undefined ? undefined : await readMemoryNow(plugin),
    };
  }

  /** Has the peaks of memory count from now on. */
  async resetPeaks(): Promise<void> {
    await resetPeak(this.pid);
    if (this.plugin !== undefined) await resetPeak(this.plugin);
  }

  /** Ends Janus and the subscriber, and removes what was made for them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
