/** A Janus with the transports that are compared, all in one process. */
import { formatJcfg, type JcfgSettings } from "../../private_janus/config.ts";
import { Belongings } from "../../lib/belongings.ts";
import { PrivateJanus } from "../../private_janus/private_janus.ts";
import { freePorts, listeners } from "../../lib/ports.ts";
import { exists } from "../../lib/run.ts";
import { sleep } from "../../lib/waiting.ts";
import type { Brokers } from "../frame/brokers.ts";
import { findPluginProcess } from "../frame/plugin_process.ts";
import type { Contestant, Key, Place } from "./contestants.ts";
import type { Watched } from "./load.ts";
import type { Prepared } from "./prepare.ts";

/** Milliseconds for all transports to listen. */
const START_TIMEOUT = 10_000;
const START_TRIES = 30;
/** Raises the number of files that may be open as far as it goes, for a thousand peers. */
const RAISE_FILES = ["sh", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh"];

/** A transport's thread ended as soon as it started. */
class StillbornError extends Error {}

/** Where a transport is, and its broker's process id or 0. */
interface Reached {
  readonly place: Place;
  readonly broker: number;
}

/** A running Janus, the plugin's process, and the ways to it. */
export class JanusUnderTest implements AsyncDisposable {
  readonly #janus: PrivateJanus;
  readonly #reached: ReadonlyMap<Key, Reached>;
  readonly #own: Belongings;
  /** The Deno process of our transport; 0 where Janus doesn't have it. */
  readonly plugin: number;

  private constructor(
    janus: PrivateJanus,
    reached: ReadonlyMap<Key, Reached>,
    own: Belongings,
    plugin: number,
  ) {
    this.#janus = janus;
    this.#reached = reached;
    this.#own = own;
    this.plugin = plugin;
  }

  /** Janus's process id. */
  get pid(): number {
    return this.#janus.pid;
  }

  /** What the load generator connects to. */
  address(key: Key): string {
    return this.#find(key).place.address;
  }

  /** Whose processor time a request takes. */
  watched(key: Key): Watched {
    return { janus: this.pid, plugin: this.plugin, broker: this.#find(key).broker };
  }

  /** Waits until it has said something that matches. @throws {LogError} when it doesn't */
  async waitUntilSaid(pattern: RegExp): Promise<void> {
    await this.#janus.waitForLog(pattern);
  }

  #find(key: Key): Reached {
    const found = this.#reached.get(key);
    if (found === undefined) throw new Error(`Cannot reach ${key}: Janus doesn't have it`);
    return found;
  }

  /** Starts Janus with these transports. @throws {Error} when one of them doesn't listen */
  static async start(
    contestants: readonly Contestant[],
    prepared: Prepared,
    brokers: Brokers = new Map(),
  ): Promise<JanusUnderTest> {
    // The threads of Janus's Unix sockets and nanomsg transports (1.1.2) end at once if they run
    // before init() has returned: nothing to do about it but to start again.
    for (let tries = 1;; tries++) {
      try {
        return await JanusUnderTest.#start(contestants, prepared, brokers);
      } catch (error) {
        if (!(error instanceof StillbornError) || tries === START_TRIES) throw error;
      }
    }
  }

  static async #start(
    contestants: readonly Contestant[],
    { libraries }: Prepared,
    brokers: Brokers,
  ): Promise<JanusUnderTest> {
    await using own = new Belongings();
    const folder = await own.folder("janus-bench");
    const ports = freePorts(contestants.length);
    const reached = new Map(contestants.map((one, i) => {
      const broker = one.broker && brokers.get(one.broker);
      const port = Number(broker?.address.split(":")[1] ?? ports[i]);
      const place = one.place(port, folder);
      return [one.key, { place, broker: broker?.pid ?? 0 }] as const;
    }));
    const places = new Map([...reached].map(([key, { place }]) => [key, place] as const));
    for (const one of contestants) {
      await Deno.symlink(libraries.get(one)!, `${folder}/${one.library}`);
    }
    const ours = contestants.findIndex(({ library }) => library === "libjanus_zeromq.so");
    const janus = own.use(
      await PrivateJanus.start({
        event_handler: false,
        // What is to listen is waited for below.
        ready: "spawned",
        ports: ours < 0 ? {} : { api: ports[ours]! },
        // Sessions last, and no event handler is asked for.
        settings: {
          janus: {
            general: { transports_folder: folder, debug_level: 4, session_timeout: 0 },
            events: { broadcast: false },
          },
          transport: Object.assign({}, ...[...places.values()].map((one) => one.settings ?? {})),
        },
        files: configsOf(places),
        env: Object.assign({}, ...[...places.values()].map(({ env }) => env ?? {})),
        wrapper: RAISE_FILES,
      }),
    );
    await waitUntilListening(janus, places);
    const plugin = ours < 0 ? 0 : await findPluginProcess(janus);
    return new JanusUnderTest(janus, reached, own.move(), plugin);
  }

  /** Ends Janus and removes what was made for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
  }
}

function configsOf(places: ReadonlyMap<Key, Place>): Record<string, string> {
  const configs: Record<string, string> = {};
  for (const { files = {} } of places.values()) {
    for (const [name, settings] of Object.entries<JcfgSettings>(files)) {
      configs[name] = formatJcfg(settings);
    }
  }
  return configs;
}

async function waitUntilListening(
  janus: PrivateJanus,
  places: ReadonlyMap<Key, Place>,
): Promise<void> {
  const end = performance.now() + START_TIMEOUT;
  for (;;) {
    const open = new Set((await listeners()).map(({ port }) => port));
    const closed: string[] = [];
    for (const [key, { listens }] of places) {
      if (!await isThere(listens, open, janus)) closed.push(key);
    }
    const ended = janus.log.tail(1_000).find((line) => / thread ended/.test(line));
    if (ended !== undefined) throw new StillbornError(ended);
    if (closed.length === 0) return;
    if (!janus.alive || performance.now() > end) {
      throw new Error(
        `Cannot reach ${closed.join(", ")} in Janus:\n${janus.log.tail().join("\n")}`,
      );
    }
    await sleep(20);
  }
}

async function isThere(
  listens: Place["listens"],
  open: ReadonlySet<number>,
  janus: PrivateJanus,
): Promise<boolean> {
  if (typeof listens === "number") return open.has(listens);
  if (typeof listens === "string") return await exists(listens);
  return janus.log.tail(1_000).some((line) => listens.test(line));
}
