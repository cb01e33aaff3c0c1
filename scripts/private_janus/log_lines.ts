/** The lines of a program's output, kept for those who look for something in them. */

/** Lines kept; older ones are dropped. */
const KEPT_LINES = 20_000;

interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (match: RegExpExecArray) => void;
  readonly reject: (reason: Error) => void;
}

/** Thrown when a program doesn't say, or do, what was waited for; holds what it said last. */
export class LogError extends Error {
  override name = "LogError";
  /** The last lines that the program wrote. */
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[]) {
    const shown = lines.length === 0
      ? "  (nothing)"
      : lines.map((line) => `  | ${line}`).join("\n");
    super(`${message}\nIts last words were:\n${shown}`);
    this.lines = lines;
  }
}

/** Output as lines, at most 20,000 of them: the oldest go first. */
export class LogLines {
  #lines: string[] = [];
  #dropped = 0;
  #over: string | undefined;
  readonly #waiters = new Set<Waiter>();
  readonly #onLine: ((line: string) => void) | undefined;

  /** @param onLine Called with every line as it comes */
  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Every line that is kept. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** How many lines there ever were: a mark for {@linkcode waitFor}. */
  get count(): number {
    return this.#dropped + this.#lines.length;
  }

  /** The last lines. */
  tail(count = 20): readonly string[] {
    return this.#lines.slice(-count);
  }

  /** Takes a line. */
  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) {
      this.#lines.shift();
      this.#dropped++;
    }
    this.#onLine?.(line);
    for (const waiter of this.#waiters) {
      const match = search(waiter.pattern, line);
      if (match !== null) waiter.resolve(match);
    }
  }

  /** Takes everything that a stream brings, until it ends. */
  async drain(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.push(line);
    }
    if (rest !== "") this.push(rest);
  }

  /** Says that no line will come any more, and why: nobody waits on. */
  end(reason: string): void {
    this.#over = reason;
    for (const waiter of this.#waiters) {
      waiter.reject(new LogError(`Cannot find ${waiter.pattern}: ${reason}.`, this.tail()));
    }
  }

  /**
   * Waits for a line that matches, those already there included.
   *
   * @param timeout In milliseconds
   * @param since Only lines from this {@linkcode count} on
   * @throws {LogError} after `timeout`, or when the program has ended
   */
  async waitFor(pattern: RegExp, timeout = 5_000, since = 0): Promise<RegExpExecArray> {
    for (const line of this.#lines.slice(Math.max(0, since - this.#dropped))) {
      const match = search(pattern, line);
      if (match !== null) return match;
    }
    if (this.#over !== undefined) {
      throw new LogError(`Cannot find ${pattern}: ${this.#over}.`, this.tail());
    }
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const waiter = { pattern, resolve, reject };
    this.#waiters.add(waiter);
    const timer = setTimeout(() => {
      reject(new LogError(`Cannot find ${pattern}: not said in ${timeout} ms.`, this.tail()));
    }, timeout);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }
}

/** Like `exec`, whatever state a global pattern is in. */
function search(pattern: RegExp, line: string): RegExpExecArray | null {
  pattern.lastIndex = 0;
  return pattern.exec(line);
}
