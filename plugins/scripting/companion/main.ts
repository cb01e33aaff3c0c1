/**
 * The modules' process: loads operators' filters or hooks and gives them what the host hands over. It
 * has no permissions but those that the operator grants, and is ended by SIGKILL whenever the host
 * thinks so.
 *
 * @module
 */
import { LogLevel } from "../../janus/log.ts";
import { moduleLog } from "../../sdk/module_log.ts";
import { toFileUrl } from "../paths.ts";
import { encodeFrame } from "../../companion/frames.ts";
import { type CompanionInit, type Description, FrameKind } from "../protocol.ts";
import { CountedCalls } from "./calls.ts";
import { Input } from "./input.ts";
import { Modules } from "./loading.ts";
import { LogWriter, ResultWriter, type Write } from "./output.ts";
import { ErrorReport, redirectConsole } from "./report.ts";
import { Chunk } from "./chunk.ts";
import { filters, hooks, type Scripts } from "./scripts.ts";
import { Sources } from "./sources.ts";

/** Files are looked at so often (ms), and sooner where a change waits to be complete. */
const LOOK_MS = 250;
const SETTLE_MS = 80;

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
  readonly #input: Input;
  readonly #write: Write;
  readonly #log: LogWriter;
  readonly #report: ErrorReport;
  readonly #results: ResultWriter;
  readonly #calls: CountedCalls;
  readonly #scripts: Scripts;
  readonly #sources: Sources;
  readonly #modules: Modules;
  readonly #exit = Deno.exit;
  #tearing = false;

  constructor(init: CompanionInit, input: Input, write: Write) {
    this.#init = init;
    this.#input = input;
    this.#write = write;
    const log = this.#log = new LogWriter(write);
    const report = this.#report = new ErrorReport(log, init.fate);
    const results = this.#results = new ResultWriter(write, init.modules.length);
    const calls = this.#calls = new CountedCalls(results, report, () => this.#checkInput());
    this.#scripts = init.kind === "hook" ? hooks(calls, init) : filters(calls, init);
    // Before they are loaded: what changes meanwhile is a change.
    this.#sources = new Sources(init.modules.map(({ path }) => path));
    this.#modules = new Modules(init, this.#scripts, this.#sources);
  }

  /** Loads the modules, and says what they are. */
  async load(): Promise<void> {
    this.#guard();
    const descriptions: Description[] = [];
    for (const [module, { load }] of this.#init.modules.entries()) {
      if (!load) continue;
      this.#atWork(module);
      const log = moduleLog((level, text) => this.#log.write(LogLevel[level], module, text));
      descriptions.push(await this.#modules.load(module, log));
    }
    this.#calls.module = -1;
    this.#write(encodeFrame(FrameKind.ready, [], JSON.stringify(descriptions)));
    this.#look();
  }

  /** Does what the host says until there is nothing more to be done. */
  async serve(): Promise<void> {
    const input = this.#input;
    try {
      for (let frame = await input.next(); frame !== null; frame = await input.next()) {
        if (frame.kind === FrameKind.chunk) await this.#handle(new Chunk(frame.payload));
        if (frame.kind === FrameKind.teardown) return await this.#teardown();
        this.#report.flush();
      }
    } catch (error) {
      // A module has broken what we work with: whose call it was is the host's to find out.
      this.#late("the process can't go on", error);
      throw error;
    }
  }

  async #handle(chunk: Chunk): Promise<void> {
    this.#calls.careful = chunk.careful;
    this.#results.begin(chunk.number);
    const take = this.#scripts.begin(chunk);
    this.#calls.tick();
    for (let at = 0; at < chunk.count; at++) {
      const outcome = take(at);
      if (outcome instanceof Promise) {
        this.#results.add(await outcome);
        this.#calls.tick();
      } else this.#results.add(outcome);
    }
    this.#checkInput(); // while the host still has the items in hand
    this.#results.flush();
  }

  /** A module that closes the input leaves the process deaf: another one is to take its place at once. */
  #checkInput(): void {
    if (!this.#input.closed) return;
    const said = "the process can't go on: its standard input was closed";
    this.#log.write(LogLevel.error, this.#calls.module, said);
    this.#exit(1);
  }

  /** Has the modules tear down. */
  async #teardown(): Promise<void> {
    this.#tearing = true;
    await this.#modules.teardown(
      (module) => this.#atWork(module),
      (module, error) => this.#report.late(module, "its teardown failed", error),
    );
    this.#tearing = false;
    this.#write(encodeFrame(FrameKind.torndown, []));
  }

  /** Says that a module has the word, though there is no item. */
  #atWork(module: number): void {
    this.#calls.module = module;
    this.#write(encodeFrame(FrameKind.progress, [0, 0, module]));
  }

  // ---- what modules do besides answering ----

  /** What a module says beside its calls goes to the log, and not to the host as if we said it. */
  #guard(): void {
    // Deno's own code looks these up, for one to see whether a file has changed.
    for (const name of ["Date", "Deno", "globalThis"]) {
      Object.defineProperty(globalThis, name, { configurable: false, writable: false });
    }
    redirectConsole(this.#log, () => this.#moduleAtWork());
    addEventListener("unload", () => {
      const { module } = this.#calls;
      if (this.#tearing) this.#log.write(LogLevel.error, module, "its teardown ended the process");
      this.#write(encodeFrame(FrameKind.farewell, [this.#moduleIn(new Error().stack), module]));
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
    const module = this.#moduleIn(stack);
    const only = this.#init.modules.length === 1 ? 0 : -1;
    this.#report.late(module < 0 ? only : module, what, error);
  }

  /** Whose words these are; a stack is dear. */
  #moduleAtWork(): number {
    return this.#calls.module >= 0 ? this.#calls.module : this.#moduleIn(new Error().stack);
  }

  /** The module that a stack speaks of; -1 for none. */
  #moduleIn(stack = ""): number {
    return this.#init.modules.findIndex(({ path }) => stack.includes(`${toFileUrl(path)}:`));
  }

  /** Tells the host of files that have changed. */
  #look(): void {
    const sources = this.#sources;
    const changed = sources.look().reduce((mask, module) => mask | 1 << module, 0);
    if (changed !== 0) this.#write(encodeFrame(FrameKind.changed, [changed]));
    this.#report.flush();
    setTimeout(() => this.#look(), sources.unsettled ? SETTLE_MS : LOOK_MS);
  }
}

async function main(): Promise<void> {
  const input = new Input();
  const write = writer();
  const first = await input.next();
  if (first?.kind !== FrameKind.init) return;
  const init: CompanionInit = JSON.parse(new TextDecoder().decode(first.payload));
  const companion = new Companion(init, input, write);
  await companion.load();
  await companion.serve();
}

if (import.meta.main) {
  const { exit } = Deno;
  // A rejection would be taken for a module's, and the process would stay, deaf.
  await main().then(() => exit(0), () => exit(1));
}
