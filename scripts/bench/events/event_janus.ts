/** A Janus with one event handler, the generator, and a subscriber: each contestant has its own. */
import { formatJcfg } from "../../private_janus/config.ts";
import { PrivateJanus } from "../../private_janus/private_janus.ts";
import { freePorts } from "../../lib/ports.ts";
import { findPluginProcess } from "../frame/plugin_process.ts";
import { LineProcess } from "../frame/line_process.ts";
import { type Memory, readMemory, readPss, resetPeak } from "../frame/processes.ts";
import { AdminSocket } from "./admin_socket.ts";
import type { Contestant, Place } from "./contestants.ts";
import { FILTERS } from "./filters.ts";
import { type Generated, Generator } from "./generator.ts";
import { type Placement, placeThreads } from "./placement.ts";
import { type Prepared, subscriberProgram } from "./prepare.ts";

/** Milliseconds for Janus to listen, and then for an event to reach the subscriber. */
const START_TIMEOUT = 20_000;
/** Milliseconds in which no event comes any more, once all are made: then the rest is lost. */
const QUIET = 1_500;
/** The same, while nobody knows whether the subscriber is connected. */
const TRY_QUIET = 200;
/** The same for an event that isn't to come. */
const PROBE_QUIET = 1_000;

/** What the subscriber saw of a run. */
export interface Reception {
  readonly received: number;
  /** Events that came again, and that came later than one made after them. */
  readonly doubled: number;
  readonly disordered: number;
  /** Latency in microseconds. */
  readonly p50: number;
  readonly p99: number;
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

/** Memory of Janus, and of the plugin's process where there is one. */
export interface MemoryOfBoth {
  readonly janus: MemoryNow;
  readonly plugin: MemoryNow | undefined;
}

/** Our handler does not do what a contestant is about: an older build, say. */
export class UnableError extends Error {}

/** One contestant, running. */
export class EventJanus implements AsyncDisposable {
  readonly contestant: Contestant;
  /** The Deno process of our handler. */
  readonly plugin: number | undefined;
  readonly #janus: PrivateJanus;
  readonly #generator: Generator;
  readonly #subscriber: LineProcess | undefined;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    contestant: Contestant,
    janus: PrivateJanus,
    plugin: number | undefined,
    generator: Generator,
    subscriber: LineProcess | undefined,
    stack: AsyncDisposableStack,
  ) {
    this.contestant = contestant;
    this.plugin = plugin;
    this.#janus = janus;
    this.#generator = generator;
    this.#subscriber = subscriber;
    this.#stack = stack;
  }

  /** Janus's process id. */
  get pid(): number {
    return this.#janus.pid;
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
    const [events = 0, api = 0, admin = 0] = freePorts(3);
    const place = contestant.place(events, prepared.filters.slice(0, contestant.filters));
    // One that listens itself must be there first.
    const { backend } = contestant;
    const subscriber = backend === undefined || place.address === undefined
      ? undefined
      : stack.use(await LineProcess.start(subscriberProgram(backend), [place.address]));
    const folder = await linkPlugins(contestant, prepared);
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const janus = stack.use(await startJanus(contestant, place, folder, { events, api, admin }));
    const socket = stack.use(
      await AdminSocket.open(admin, janus.admin_secret, START_TIMEOUT),
    );
    const plugin = contestant.origin === "ours" ? await findPluginProcess(janus) : undefined;
    const generator = new Generator(socket);
    const started = new EventJanus(
      contestant,
      janus,
      plugin,
      generator,
      subscriber,
      stack.move(),
    );
    try {
      await started.#waitForEvents();
      await placeThreads(janus.pid, placement);
      await started.#probeFilters();
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Has events made, `rate` a second or as fast as it goes (0), and received. */
  run(count: number, rate: number): Promise<[Generated, Reception | undefined]> {
    return this.#run(this.#generator.nextRun(), count, rate, QUIET);
  }

  async #run(
    run: number,
    count: number,
    rate: number,
    quiet: number,
  ): Promise<[Generated, Reception | undefined]> {
    await this.#subscriber?.send(`${run} ${count} ${quiet}`);
    await this.#generator.start(run, count, rate);
    const generated = await this.#generator.finish(run);
    await this.#subscriber?.send("end");
    const reception = await this.#subscriber?.receive();
    return [generated, reception === undefined ? undefined : JSON.parse(reception)];
  }

  async #waitForEvents(): Promise<void> {
    const end = performance.now() + START_TIMEOUT;
    for (;;) {
      const [_generated, reception] = await this.#run(this.#generator.nextRun(), 1, 0, TRY_QUIET);
      if (reception === undefined || reception.received === 1) return;
      if (performance.now() > end) {
        const log = this.#janus.log.tail().join("\n");
        throw new Error(`Cannot measure ${this.contestant.title}: no event comes\n${log}`);
      }
    }
  }

  /** Looks whether each filter drops what it is to drop: what does nothing would look fast. */
  async #probeFilters(): Promise<void> {
    for (const { name, drops } of FILTERS.slice(0, this.contestant.filters)) {
      const [_generated, reception] = await this.#run(drops, 1, 0, PROBE_QUIET);
      if (reception?.received !== 0) throw new UnableError(`no filter "${name}" is at work`);
    }
  }

  /** Memory now; the peaks count from the start or from {@linkcode resetPeaks}. */
  async readMemory(): Promise<MemoryOfBoth> {
    const read = async (pid: number) => ({ ...await readMemory(pid), pss: await readPss(pid) });
    const { plugin } = this;
    return {
      janus: await read(this.pid),
      plugin: plugin === undefined ? undefined : await read(plugin),
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

/** Folders with links to the generator and to the one handler: more would slow each other down. */
async function linkPlugins(contestant: Contestant, prepared: Prepared): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "janus-bench-events-" });
  await Deno.mkdir(`${folder}/plugins`);
  await Deno.mkdir(`${folder}/events`);
  await Deno.symlink(prepared.generator, `${folder}/plugins/libjanus_eventgen.so`);
  const library = prepared.libraries.get(contestant)!;
  await Deno.symlink(library, `${folder}/events/libjanus_${contestant.library}.so`);
  return folder;
}

async function startJanus(
  { origin }: Contestant,
  place: Place,
  folder: string,
  ports: { readonly events: number; readonly api: number; readonly admin: number },
): Promise<PrivateJanus> {
  // Janus refuses to run without a transport of the Janus API.
  const api = { ws: true, ws_port: ports.api, ws_interface: "lo", wss: false };
  const admin = { admin_ws: true, admin_ws_port: ports.admin, admin_ws_interface: "lo" };
  const files = {
    "janus.transport.websockets.jcfg": {
      general: { json: "compact", events: false, ...api },
      admin: { ...admin, admin_wss: false },
    },
    ...place.files,
  };
  return await PrivateJanus.start({
    transport: false,
    event_handler: origin === "ours",
    ports: { events: ports.events },
    stock: { plugins: [], transports: ["websockets"] },
    settings: {
      janus: {
        general: { plugins_folder: `${folder}/plugins`, events_folder: `${folder}/events` },
      },
      ...(place.settings === undefined ? {} : { event_handler: place.settings }),
    },
    files: Object.fromEntries(
      Object.entries(files).map(([name, settings]) => [name, formatJcfg(settings)]),
    ),
    env: { ...place.env },
  });
}
