/** What tests ask of a ZeroMQ client, whoever wrote it. */

/** What kind of socket a client opens. */
export type SocketType = "REQ" | "DEALER" | "SUB";

/** How a client opens a socket. */
export interface SocketOptions {
  readonly type: SocketType;
  readonly endpoint: string;
  /** The routing id that it chooses; else libzmq makes one up. */
  readonly identity?: string;
  /** REQ: may send again without a reply (`ZMQ_REQ_RELAXED`). */
  readonly relaxed?: boolean;
  /** REQ: takes only the reply to its last request (`ZMQ_REQ_CORRELATE`). */
  readonly correlate?: boolean;
  /** SUB: takes what begins so; everything unless told. */
  readonly topic?: string;
}

/** A JSON object as Janus sends it. */
// deno-lint-ignore no-explicit-any
export type Json = Record<string, any>;

/** Milliseconds that a test waits for a message, on a machine that is busy. */
export const PATIENCE = 10_000;

interface Waiter {
  readonly resolve: (frames: string[]) => void;
  readonly reject: (error: Error) => void;
}

/** A client's socket: frames go out, and what comes in waits in order until it is taken. */
export abstract class TestSocket implements AsyncDisposable {
  /** How it was opened. */
  readonly options: SocketOptions;
  #received: string[][] = [];
  #waiting: Waiter[] = [];
  #failure: Error | undefined;
  #closed = false;

  constructor(options: SocketOptions) {
    this.options = options;
  }

  /** Sends a message of these frames. */
  abstract send(...frames: string[]): void;

  /** Closes the socket; what was not sent is dropped. May be called again. */
  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return this.release();
  }

  /** True once it is closed, or its client has ended. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The next message's frames. */
  receive(timeout: number = PATIENCE): Promise<string[]> {
    const frames = this.#received.shift();
    if (frames !== undefined) return Promise.resolve(frames);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    const waiter = { resolve, reject };
    this.#waiting.push(waiter);
    const timer = setTimeout(() => {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      const { type, endpoint } = this.options;
      reject(new Error(`Nothing came over ${type} from ${endpoint} in ${timeout} ms`));
    }, timeout);
    return promise.finally(() => clearTimeout(timer));
  }

  /** The next message's last frame, as it came. */
  async text(timeout?: number): Promise<string> {
    return (await this.receive(timeout)).at(-1) ?? "";
  }

  /** The next message's last frame as JSON. */
  async json(timeout?: number): Promise<Json> {
    return JSON.parse(await this.text(timeout));
  }

  /** Messages up to the first that `wanted` is true for, which comes last. */
  async until(wanted: (message: Json) => boolean, timeout: number = PATIENCE): Promise<Json[]> {
    const messages: Json[] = [];
    const end = performance.now() + timeout;
    for (;;) {
      let message: Json;
      try {
        message = await this.json(Math.max(1, end - performance.now()));
      } catch (error) {
        const seen = messages.map((one) => JSON.stringify(one)).join("\n");
        throw new Error(`${error instanceof Error ? error.message : error}; before:\n${seen}`);
      }
      messages.push(message);
      if (wanted(message)) return messages;
    }
  }

  /** Messages that have come and were not taken. */
  get waiting(): number {
    return this.#received.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Gives up what the socket is made of; called once. */
  protected abstract release(): Promise<void>;

  /** Takes in what came. */
  protected take(frames: string[]): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#received.push(frames);
    else waiter.resolve(frames);
  }

  /** Nothing will come any more. */
  protected fail(error: Error): void {
    this.#closed = true;
    this.#failure = error;
    for (const waiter of this.#waiting) waiter.reject(error);
    this.#waiting = [];
  }
}

/** Opens sockets: a client library. */
export interface SocketOpener {
  /** What people call it. */
  readonly name: string;
  open(options: SocketOptions): TestSocket;
}
