/** The filter engine with files of the test's own. */
import { type EngineOptions, ModuleEngine } from "../../../plugins/scripting/engine.ts";
import { FILTERS } from "../../../plugins/scripting/kinds.ts";
import { assert } from "../../assert.ts";
import { type Grants, Supervisor } from "./supervisor.ts";

const PATIENCE = 15_000;

// Says of all descriptors that they are ready: reading finds out.
const ALL_READY = { add: () => 0, remove() {}, ready: () => 1 };

/** A turn of the loop, for an engine or hooks. */
export function turn(engine: Pick<ModuleEngine, "prepare" | "woken" | "tick">): void {
  engine.prepare(ALL_READY);
  engine.woken(ALL_READY);
  engine.tick();
}

/** What came of an event: messages, or "unchanged", or "failed". */
export type Came = { topic: string; body: string }[] | "unchanged" | "failed";

/** Records as the publisher has them, of events of the test's own. */
export class Records {
  readonly #texts: Uint8Array[];

  constructor(events: readonly (object | string)[]) {
    this.#texts = events.map((event) =>
      new TextEncoder().encode(typeof event === "string" ? event : JSON.stringify(event))
    );
  }

  textLength(index: number): number {
    return this.#texts[index]!.length;
  }

  /** As the stub's `jz_pack`. */
  pack(
    indices: Uint32Array<ArrayBuffer>,
    count: number,
    target: Uint8Array<ArrayBuffer>,
    capacity: number,
    offsets: Uint32Array<ArrayBuffer>,
  ): number {
    let at = 0;
    let taken = 0;
    for (; taken < count; taken++) {
      const text = this.#texts[indices[taken]!]!;
      if (at + text.length + 2 > capacity) break;
      target[at++] = (taken === 0 ? "[" : ",").charCodeAt(0);
      offsets[taken] = at;
      target.set(text, at);
      at += text.length;
    }
    if (taken > 0) target[at++] = "]".charCodeAt(0);
    offsets[taken] = at;
    return taken;
  }
}

export interface RigOptions {
  readonly counters?: Float64Array;
  readonly config?: Partial<EngineOptions["config"]>;
  readonly more?: Partial<EngineOptions>;
  readonly permissions?: Grants["permissions"];
  /** MiB. */
  readonly memory?: number;
  /** Names in the folder; all files by default. */
  readonly modules?: readonly string[];
}

/** An engine over a temporary folder of modules. */
export class Rig implements AsyncDisposable {
  readonly folder: string;
  readonly counters: Float64Array;
  readonly lines: string[] = [];
  readonly engine: ModuleEngine;
  readonly supervisor: Supervisor;

  private constructor(folder: string, modules: readonly string[], options: RigOptions) {
    this.folder = folder;
    this.counters = options.counters ?? new Float64Array(256);
    const line = (level: string) => (text: string) => void this.lines.push(`${level} ${text}`);
    const { permissions, memory } = options;
    this.supervisor = new Supervisor({
      ...{
        kind: "filters",
        folder: `${folder}-conf`,
        modules: modules.map((name) => `${folder}/${name}`),
      },
      ...(permissions === undefined ? {} : { permissions }),
      ...(memory === undefined ? {} : { memory }),
    });
    this.engine = new ModuleEngine(FILTERS, {
      source: this.supervisor,
      folder,
      config: {
        modules,
        timeout: 1000,
        on_error: "pass",
        ...options.config,
      },
      json: "compact",
      topics: true,
      counters: this.counters,
      log: {
        error: line("ERR"),
        warning: line("WARN"),
        info: line("INFO"),
        verbose: line("VERB"),
      },
      changed: () => {},
      ...options.more,
    });
  }

  /** Makes an engine of files, by name; what is no full module is the body of a filter of all. */
  static async make(files: Record<string, string>, options: RigOptions = {}): Promise<Rig> {
    const folder = await Deno.makeTempDir({ prefix: "filters-" });
    const rig = { folder } as Rig;
    for (const [name, text] of Object.entries(files)) {
      await Rig.prototype.write.call(rig, name, text);
    }
    return new Rig(folder, options.modules ?? Object.keys(files), options);
  }

  /** Writes a file. */
  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/${name}`, asModule(name, text));
  }

  /**
   * Gives events to the engine and waits for what comes of them. Objects are written with a blank behind,
   * so that they never come back as they were: the test sees what filters made of them.
   */
  async give(...events: (object | string)[]): Promise<Came[]> {
    const came: Came[] = [];
    const texts = events.map((event) =>
      typeof event === "string" ? event : `${JSON.stringify(event)} `
    );
    this.engine.begin(new Records(texts), events.map((_, index) => index));
    const end = performance.now() + PATIENCE;
    while (came.length < events.length) {
      const outcome = this.engine.take();
      if (outcome !== null) {
        came.push(this.#read(outcome));
        continue;
      }
      assert(performance.now() < end, `it does not end:\n${this.lines.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      turn(this.engine);
    }
    return came;
  }

  /** The same, as the events that came, parsed; "unchanged" and "failed" as they are. */
  async events(...events: (object | string)[]): Promise<unknown[]> {
    return (await this.give(...events)).flatMap((came): unknown[] =>
      typeof came === "string" ? [came] : came.map(({ body }) => JSON.parse(body))
    );
  }

  #read(count: number): Came {
    const { engine } = this;
    if (count < 0) return count === -1 ? "unchanged" : "failed";
    const text = (offset: number, length: number) =>
      new TextDecoder().decode(engine.memory.slice(offset, offset + length));
    return Array.from({ length: count }, () => {
      engine.message();
      return {
        topic: text(engine.topicOffset, engine.topicLength),
        body: text(engine.bodyOffset, engine.bodyLength),
      };
    });
  }

  /** Lets the engine do what is due until something is true. */
  async until(what: string, test: () => boolean, ms = PATIENCE): Promise<void> {
    const end = performance.now() + ms;
    for (;;) {
      turn(this.engine);
      if (test()) return;
      assert(performance.now() < end, `waited ${ms} ms for ${what}:\n${this.lines.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, Math.min(20, this.engine.timeout())));
    }
  }

  /** Waits for a line of the log. */
  async line(pattern: RegExp): Promise<string> {
    await this.until(String(pattern), () => this.lines.some((line) => pattern.test(line)));
    return this.lines.find((line) => pattern.test(line))!;
  }

  /** What `info` says of a filter, with the numbers in place. */
  info(module = 0): Record<string, unknown> {
    const status = this.engine.status()[module]!;
    return Object.fromEntries(
      Object.entries(status).map(([key, value]) => [
        key,
        typeof value === "object" && value !== null && "counter" in value
          ? this.counters[Number(value.counter)]
          : value,
      ]),
    );
  }

  /** Waits until all modules are loaded, or are known to be no good. */
  async loaded(): Promise<void> {
    await this.until("the modules to be loaded", () => !this.states.includes("loading"));
  }

  get states(): unknown[] {
    return this.engine.status().map(({ state }) => state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.engine.close(1000);
    await this.supervisor.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Modules of these texts in a folder. */
export async function withModules<T>(
  texts: readonly string[],
  use: (urls: string[], values: unknown[]) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "conformance-" });
  try {
    const urls = texts.map((_, at) => `file://${folder}/${at}.ts`);
    for (const [at, text] of texts.entries()) await Deno.writeTextFile(`${folder}/${at}.ts`, text);
    const values: unknown[] = [];
    for (const url of urls) values.push((await import(url)).default);
    return await use(urls, values);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function asModule(name: string, text: string): string {
  if (name.endsWith(".json") || /\b(?:export|import)\b/.test(text)) return text;
  return `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
export default defineEventFilter({
  name: ${JSON.stringify(name.replace(/\..*$/, ""))},
  events: ["all"],
  filter(event: any, ctx) { ${text} },
});
`;
}

/** In how many milliseconds a changed file is live: a second, where the machine has the time. */
export function liveWithin(): number {
  return 1000 * Math.max(1, Deno.loadavg()[0]! / navigator.hardwareConcurrency);
}

/** An event of a type. */
export function event(type: number, body: object = {}, more: object = {}): object {
  return { emitter: "test", type, timestamp: 1_732_530_000_123_456, ...more, event: body };
}
