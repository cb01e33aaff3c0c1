/** What modules have to say: on the console, and what they throw. @module */
import { LogLevel } from "../../janus/log.ts";
import { NoAnswerError } from "../../sdk/chain.ts";
import { withoutAdvice } from "./deno_words.ts";
import type { LogWriter } from "./output.ts";

/** A module's errors are said so often (ms) at most. */
const SAY_MS = 1000;

/** Makes `console` write to the log, under the module that is at work. */
export function redirectConsole(writer: LogWriter, current: () => number): void {
  const levels = {
    error: LogLevel.error,
    warn: LogLevel.warning,
    log: LogLevel.info,
    info: LogLevel.info,
    debug: LogLevel.verbose,
    trace: LogLevel.verbose,
  };
  const { inspect } = Deno;
  for (const [name, level] of Object.entries(levels)) {
    (console as unknown as Record<string, unknown>)[name] = (...parts: unknown[]) => {
      const text = parts.map((part) => typeof part === "string" ? part : inspect(part)).join(" ");
      writer.write(level, current(), text);
    };
  }
}

/** Says what modules throw, once a second for each. */
export class ErrorReport {
  readonly #writer: LogWriter;
  readonly #outcome: string;
  readonly #said: number[] = [];
  readonly #unsaid = new Map<number, { count: number; text: string }>();
  /** Modules that forgot to answer. */
  readonly #silent = new Set<number>();

  /** @param outcome what becomes of an event that a filter fails at */
  constructor(writer: LogWriter, outcome: string) {
    this.#writer = writer;
    this.#outcome = outcome;
  }

  /** Notes an error of a call. */
  failed(module: number, error: unknown): void {
    if (NoAnswerError.is(error)) return this.#noAnswer(module, error);
    const unsaid = this.#unsaid.get(module);
    if (unsaid === undefined) this.#unsaid.set(module, { count: 1, text: describe(error) });
    else unsaid.count++;
    this.#say(module);
  }

  /** Says what was held back, where it is time. */
  flush(): void {
    for (const module of this.#unsaid.keys()) this.#say(module);
  }

  /** Once: it is the same at every such event. */
  #noAnswer(module: number, { message }: NoAnswerError): void {
    if (this.#silent.has(module)) return;
    this.#silent.add(module);
    this.#writer.write(
      LogLevel.warning,
      module,
      `${message}. Until then ${this.#outcome}, each time; this is said once`,
    );
  }

  #say(module: number): void {
    const now = performance.now();
    if (now - (this.#said[module] ?? -Infinity) < SAY_MS) return;
    const { count, text } = this.#unsaid.get(module)!;
    const more = count === 1 ? "" : ` (${count} errors since the last line; this was the first)`;
    this.#said[module] = now;
    this.#unsaid.delete(module);
    this.#writer.write(LogLevel.error, module, `${text}${more}; ${this.#outcome}`);
  }

  /** Says what a module threw outside of a call: a promise that nobody awaits, a timer. */
  late(module: number, what: string, error: unknown): void {
    this.#writer.write(LogLevel.error, module, `${what}: ${describe(error)}`);
  }
}

/** A module is not as it must be; the message says it all. */
export class ModuleError extends Error {}

/** An error in one line: what, and where in the module's source. Whatever was thrown. */
export function describe(error: unknown): string {
  try {
    if (error instanceof ModuleError) return error.message;
    if (!(error instanceof Error)) return `threw ${Deno.inspect(error, { depth: 1 })}`;
    const place = placeOf(String(error.stack ?? ""));
    const { name, message } = error;
    const words = withoutAdvice(message);
    const text = /^\w*Error: /.test(words) ? words : `${name}: ${words}`; // a SyntaxError of a TypeError
    // What the compiler says has its place, and an excerpt, in the message.
    return place === undefined || text.includes(place) ? text : `${text} (${place})`;
  } catch {
    return "threw what cannot be shown"; // a getter that throws, for one
  }
}

/** The first place in a stack that is in a file. */
function placeOf(stack: string): string | undefined {
  for (const [, path, line, column] of stack.matchAll(/file:\/\/(\/[^\s()]*?):(\d+):(\d+)/g)) {
    if (!path!.startsWith("/proc/")) return `${decodeURI(path!)}:${line}:${column}`;
  }
  return undefined;
}
