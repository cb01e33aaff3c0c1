/**
 * The modules' process: loads operators' filters or hooks and gives them what the host hands over. It
 * has no permissions but those that the operator grants, and is ended by SIGKILL whenever the host
 * thinks so.
 *
 * @module
 */
import { eventSelector } from "../../janus/event_types.ts";
import { hasLongInteger, parseJson } from "../../janus/json.ts";
import { checkEventFilter, checkTransportHook } from "../../sdk/check.ts";
import { toFileUrl } from "../paths.ts";
import {
  type CompanionInit,
  type Description,
  encodeFrame,
  type Frame,
  FrameKind,
  ItemOutcome,
  JSON_FORMS,
  RUN,
} from "../protocol.ts";
import { Calls } from "./calls.ts";
import { Chain, type ItemResult, type LoadedFilter } from "./chain.ts";
import { HookChain, type HookHead, type LoadedHook } from "./hook_chain.ts";
import { Input } from "./input.ts";
import { jsonWriter } from "./json_form.ts";
import { loadModule, within } from "./load.ts";
import { LogWriter, ResultWriter, type Write } from "./output.ts";
import { describe, ErrorReport, moduleLog, redirectConsole } from "./report.ts";
import { Sources } from "./sources.ts";

/** Files are looked at so often (ms), and sooner where a change waits to be complete. */
const LOOK_MS = 250;
const SETTLE_MS = 80;
const TEARDOWN_MS = 1000;
/** What is said of a module that can't be loaded, in UTF-16 units. */
const MAX_PROBLEM = 1000;
const WRITERS = JSON_FORMS.map(jsonWriter);

/** Writes all of it; blocks while the host does not read. */
function writer(): Write {
  const { stdout, exit } = Deno;
  const write = stdout.writeSync.bind(stdout);
  return (bytes) => {
    try {
      for (let at = 0; at < bytes.length;) at += write(at === 0 ? bytes : bytes.subarray(at));
    } catch {
      exit(0); // nobody is there any more
    }
  };
}

class Companion {
  readonly #init: CompanionInit;
  readonly #write: Write;
  readonly #log: LogWriter;
  readonly #report: ErrorReport;
  readonly #results: ResultWriter;
  readonly #calls: Calls;
  readonly #decoder = new TextDecoder();
  readonly #filters: LoadedFilter[] = [];
  readonly #hooks: LoadedHook[] = [];
  readonly #chain: Chain;
  readonly #hookChain: HookChain;
  constructor(init: CompanionInit, write: Write) {
    this.#init = init;
    this.#write = write;
    const log = this.#log = new LogWriter(write);
    const report = this.#report = new ErrorReport(log, init.fate);
    const calls = this.#calls = new Calls((module, now) =>
      this.#results.announce(module, now, calls.careful !== null)
    );
    this.#results = new ResultWriter(write, calls.tallies);
    this.#results.modules = init.modules.length;
    const { pass, topics } = init;
    const failed = (module: number, error: unknown) => report.failed(module, error);
    this.#chain = new Chain({ calls, pass, failed, topics, filters: this.#filters });
    this.#hookChain = new HookChain({ calls, pass, failed, hooks: this.#hooks });
  }

  /** Loads the modules, and says what they are. */
  async load(): Promise<void> {
    this.#guard();
    // Before they are loaded: what changes meanwhile is a change.
    const sources = new Sources(this.#init.modules.map(({ path }) => path));
    const descriptions: Description[] = [];
    for (const [module, { path, load }] of this.#init.modules.entries()) {
      if (!load) continue;
      this.#calls.module = module;
      this.#write(encodeFrame(FrameKind.progress, [0, 0, module]));
      try {
        const { name, events } = await this.#loadOne(module, path);
        descriptions.push({ module, name, events: [...events] });
      } catch (error) {
        descriptions.push({ module, problem: describe(error).slice(0, MAX_PROBLEM) });
      }
    }
    this.#calls.module = -1;
    this.#write(encodeFrame(FrameKind.ready, [], JSON.stringify(descriptions)));
    this.#look(sources);
  }

  /** Does what the host says until there is nothing more to be done. */
  async serve(input: Input): Promise<void> {
    for (let frame = await input.next(); frame !== null; frame = await input.next()) {
      if (frame.kind === FrameKind.run) await this.#run(frame);
      if (frame.kind === FrameKind.teardown) return await this.#teardown();
      this.#report.flush();
    }
  }

  async #loadOne(
    module: number,
    path: string,
  ): Promise<{ name: string; events: readonly string[] }> {
    const log = moduleLog(this.#log, module);
    const { kind, setup } = this.#init;
    const load = () => {
      if (Deno.statSync(path).isFile) return import(toFileUrl(path));
      throw new TypeError(`${path} is no file`);
    };
    const made = [
      ...this.#hooks.map(({ hook }) => hook),
      ...this.#filters.map(({ filter }) => filter),
    ];
    const taken = new Set([
      ...this.#init.modules.flatMap(({ name }, at) => at === module ? [] : name ?? []),
      ...made.map(({ name }) => name),
    ]);
    if (kind === "hook") {
      const hook = await loadModule(load, checkTransportHook, log, taken, setup);
      this.#hooks.push({ module, hook, log });
      const events = (["onRequest", "onReply"] as const).filter((one) => hook[one] !== undefined);
      return { name: hook.name, events };
    }
    const filter = await loadModule(load, checkEventFilter, log, taken, setup);
    const selectors = filter.events.map((name) => eventSelector(name)!);
    this.#filters.push({ module, filter, selectors, log });
    return filter;
  }

  // ---- what modules do besides answering ----

  /** What a module says beside its calls goes to the log, and not to the host as if we said it. */
  #guard(): void {
    redirectConsole(this.#log, () => this.#moduleAtWork());
    addEventListener("unload", () => {
      const module = this.#moduleAtWork();
      this.#write(encodeFrame(FrameKind.farewell, [module]));
    });
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      this.#late("a promise was rejected, and nobody took it", event.reason);
    });
    addEventListener("error", (event) => {
      event.preventDefault();
      this.#late("threw outside of a call", event.error);
    });
  }

  #late(what: string, error: unknown): void {
    let stack = "";
    try {
      if (error instanceof Error) stack = String(error.stack);
    } catch {
      // It is as odd as that.
    }
    this.#report.late(this.#moduleIn(stack), what, error);
  }

  #moduleAtWork(): number {
    return this.#calls.module >= 0 ? this.#calls.module : this.#moduleIn(new Error().stack);
  }

  /** The module that a stack speaks of; the only one there is, if it speaks of none. */
  #moduleIn(stack = ""): number {
    const { modules } = this.#init;
    const found = modules.findIndex(({ path }) => stack.includes(toFileUrl(path)));
    return found < 0 && modules.length === 1 ? 0 : found;
  }

  /** Tells the host of files that have changed. */
  #look(sources: Sources): void {
    const changed = sources.look().reduce((mask, module) => mask | 1 << module, 0);
    if (changed !== 0) this.#write(encodeFrame(FrameKind.changed, [changed]));
    this.#report.flush();
    setTimeout(() => this.#look(sources), sources.unsettled ? SETTLE_MS : LOOK_MS);
  }

  async #teardown(): Promise<void> {
    const all = [
      ...this.#filters.map(({ module, filter }) => ({ module, made: filter })),
      ...this.#hooks.map(({ module, hook }) => ({ module, made: hook })),
    ];
    for (const { module, made } of all.reverse()) {
      this.#calls.module = module;
      try {
        await within(TEARDOWN_MS, "tear down", async () => await made.teardown?.());
      } catch (error) {
        this.#report.late(module, "its teardown failed", error);
      }
    }
    this.#write(encodeFrame(FrameKind.torndown, []));
  }

  // ---- runs ----

  async #run({ payload }: Frame): Promise<void> {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const word = (at: number) => view.getUint32(at, true);
    const count = word(RUN.count);
    const enabled = word(RUN.enabled);
    const skipped = word(RUN.skipped);
    const text = payload.subarray(RUN.text);
    const offsets = Array.from({ length: count + 1 }, (_, at) => word(RUN.offsets + 4 * at));
    const item = (at: number) => text.subarray(offsets[at]!, offsets[at + 1]! - 1);
    const careful = word(RUN.careful);
    this.#calls.careful = careful === 0 ? null : careful - 1;
    this.#chain.write = this.#hookChain.write = WRITERS[word(RUN.form)] ?? WRITERS[0]!;
    this.#results.begin(word(RUN.number));
    const hooks = this.#init.kind === "hook";
    const events = hooks ? null : this.#parseAll(text.subarray(0, offsets[count]), count);
    for (let at = 0; at < count; at++) {
      const mask = at === 0 ? enabled & ~skipped : enabled;
      const parse = () => this.#parse(item(at));
      const result = hooks
        ? this.#takeMessage(item(at), mask)
        : this.#chain.take(events?.[at] ?? parse(), parse, mask);
      this.#add(result instanceof Promise ? await result : result);
    }
    this.#results.flush();
  }

  #add(result: ItemResult): void {
    try {
      this.#results.add(result);
    } catch (error) {
      const module = this.#init.modules.length === 1 ? 0 : -1;
      this.#report.failed(module, error);
      this.#results.add(this.#init.pass ? ItemOutcome.unchanged : ItemOutcome.failed);
    }
  }

  /**
   * A message of a client's is parsed by itself: what it has in it must not be taken for a part of
   * another one.
   */
  #takeMessage(bytes: Uint8Array, mask: number): Promise<ItemResult> {
    const text = this.#decoder.decode(bytes);
    const end = text.indexOf("\n"); // there is none in the head
    const head: HookHead = JSON.parse(text.slice(0, end));
    return this.#hookChain.take(head, text.slice(end + 1), mask);
  }

  /** All events at once, which is faster; null if they have to be parsed one by one. */
  #parseAll(bytes: Uint8Array, count: number): object[] | null {
    const text = this.#decoder.decode(bytes);
    // One event with a long id would make all of them slow.
    if (hasLongInteger(text)) return null;
    try {
      const events: unknown = JSON.parse(text);
      return Array.isArray(events) && events.length === count ? events : null;
    } catch {
      return null;
    }
  }

  #parse(bytes: Uint8Array): object {
    try {
      return parseJson(this.#decoder.decode(bytes)) as object;
    } catch {
      return {}; // no filter wants it
    }
  }
}

async function main(): Promise<void> {
  const input = new Input();
  const write = writer();
  const first = await input.next();
  if (first?.kind !== FrameKind.init) return;
  const init: CompanionInit = JSON.parse(new TextDecoder().decode(first.payload));
  const companion = new Companion(init, write);
  await companion.load();
  await companion.serve(input);
}

if (import.meta.main) {
  const { exit } = Deno;
  await main();
  exit(0);
}
