/** A Janus with one event handler and the generator. */
import { formatJcfg } from "../../private_janus/config.ts";
import { Belongings } from "../../lib/belongings.ts";
import { PrivateJanus } from "../../private_janus/private_janus.ts";
import { freePorts } from "../../lib/ports.ts";
import type { ProcessName } from "../../lib/processes.ts";
import { findPluginProcess } from "../frame/plugin_process.ts";
import type { LineProcess } from "../frame/line_process.ts";
import { type Memory, readMemory, readPss } from "../frame/processes.ts";
import { AdminSocket } from "./admin_socket.ts";
import type { Handler, Place } from "./contestants.ts";
import { type Generated, Generator } from "./generator.ts";

/** Milliseconds for Janus to listen, and then for an event to reach whoever takes it. */
const START_TIMEOUT = 20_000;
/** Milliseconds without an event after which none comes any more, from a handler to a subscriber. */
const QUIET = 1_500;
/** The same, while nobody knows whether those who take events are connected. */
const TRY_QUIET = 200;

/** What a subscriber saw of a run. */
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

/** A process's memory now; its peak counts from the start, or from when it was reset. */
export async function readMemoryNow(pid: number): Promise<MemoryNow> {
  return { ...await readMemory(pid), pss: await readPss(pid) };
}

/** What such a Janus is made of. */
export interface Parts {
  readonly handler: Handler;
  /** The handler's shared object. */
  readonly library: string;
  /** The generator's. */
  readonly generator: string;
  readonly place: Place;
  /** The port in the configuration of ours. */
  readonly port: number;
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
    const { handler, port } = parts;
    await using own = new Belongings();
    const [api = 0, admin = 0] = freePorts(2);
    const folder = await own.folder("janus-bench-events");
    await linkPlugins(folder, parts);
    const janus = own.use(
      await startJanus(handler, parts.place, folder, { events: port, api, admin }),
    );
    const socket = own.use(await AdminSocket.open(admin, janus.admin_secret, START_TIMEOUT));
    const plugin = handler.origin === "ours" ? await findPluginProcess(janus) : undefined;
    const generator = new Generator(socket);
    return new GeneratingJanus(handler.title, janus, plugin, generator, own.move());
  }

  /**
   * Has events made, `rate` a second or as fast as it goes (0), and received.
   *
   * @param quiet milliseconds in which none comes any more, once all are made: then the rest is lost
   */
  run(
    subscribers: readonly LineProcess[],
    count: number,
    rate: number,
    quiet: number = QUIET,
  ): Promise<[Generated, Reception[]]> {
    return this.runAs(this.#generator.nextRun(), subscribers, count, rate, quiet);
  }

  /** The same for a run of a certain number. */
  async runAs(
    run: number,
    subscribers: readonly LineProcess[],
    count: number,
    rate: number,
    quiet: number,
  ): Promise<[Generated, Reception[]]> {
    const all = <T>(work: (one: LineProcess) => Promise<T>) => Promise.all(subscribers.map(work));
    await all((one) => one.send(`${run} ${count} ${quiet}`));
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
      const [, receptions] = await this.runAs(run, subscribers, 1, 0, TRY_QUIET);
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

/** Makes folders with links to the generator and to the one handler: more would slow each other down. */
async function linkPlugins(
  folder: string,
  { handler, library, generator }: Parts,
): Promise<void> {
  await Deno.mkdir(`${folder}/plugins`);
  await Deno.mkdir(`${folder}/events`);
  await Deno.symlink(generator, `${folder}/plugins/libjanus_eventgen.so`);
  await Deno.symlink(library, `${folder}/events/libjanus_${handler.library}.so`);
}

async function startJanus(
  { origin }: Handler,
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
