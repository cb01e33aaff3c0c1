/** A program that is told what to do line by line, and answers so. */

import { Belongings, type Process } from "../../lib/belongings.ts";

/** A running one. It is to end by itself when its stdin does. */
export class LineProcess implements AsyncDisposable {
  #own: Belongings;
  readonly #process: Process;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;

  private constructor(own: Belongings, process: Process, name: string) {
    this.#own = own;
    this.#process = process;
    this.#name = name;
    this.#writer = process.stdin.getWriter();
    this.#lines = readLines(process.stdout);
  }

  /** Starts it, and waits until it says "ready". @throws {Error} when it ends instead */
  static async start(program: string, args: readonly string[]): Promise<LineProcess> {
    const name = `${program.replace(/^.*\//, "")} ${args[0] ?? ""}`;
    await using own = new Belongings();
    const command = [program, ...args];
    const pipes = { stdin: "piped", stdout: "piped", stderr: "inherit" } as const;
    const started: LineProcess = new LineProcess(
      own,
      await own.start(command, { ...pipes, end: () => started.#close() }),
      name,
    );
    const line = await started.receive();
    if (line !== "ready") throw new Error(`Cannot start ${name}: it said ${line}`);
    started.#own = own.move();
    return started;
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Gives it a line. */
  async send(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  /** The next line that it says. @throws {Error} when it has ended */
  async receive(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) {
      const { code, signal } = await this.#process.status;
      const how = signal === "SIGALRM" ? "nothing came for too long" : signal ?? `code ${code}`;
      throw new Error(`Cannot measure: ${this.#name} ended (${how})`);
    }
    return value;
  }

  /** Closes its stdin and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    await this.#lines.return?.();
  }
}

async function* readLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
