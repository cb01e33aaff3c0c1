/**
 * Companions: processes beside this one that the supervisor starts and ends for it, each reached
 * over a socket for each way. What they say is a stranger's.
 *
 * @module
 */
import { Companion, Fd, Size } from "./layout.ts";
import type { Native } from "./native.ts";

const EAGAIN = -11;
const EINTR = -4;

/** What the supervisor has to tell of a companion. */
export type CompanionNews =
  | { readonly what: "started"; readonly id: number; readonly socket: CompanionSocket }
  | { readonly what: "ended"; readonly id: number; readonly how: string };

/** Who has scripts run in a companion, as the plugin's loop has to do with it. Nothing of it waits. */
export interface CompanionUser<Poller> {
  /** True if there are results to take. */
  readonly available: boolean;
  /** Adds to the poller what wakes the loop for the scripts. */
  watch(poller: Poller): void;
  /** Before the loop waits. */
  prepare(poller: Poller): void;
  /** After a wait. @returns how many of the poller's items are ready that are the scripts' */
  woken(poller: Poller): number;
  /** Milliseconds until {@linkcode tick} is due. */
  timeout(): number;
  /** What is due: the scripts' words, their troubles, changed files. */
  tick(): void;
  /** Has the scripts end; takes `ms` at most. */
  close(ms: number): void;
}

/** Programs that companions run, by what they are asked for with. */
const VERBS = { scripts: Companion.start, stream: Companion.startStream } as const;

/** What a companion runs. */
export type CompanionProgram = keyof typeof VERBS;

/** Asks the supervisor for companions of one program. */
export class CompanionOffice {
  readonly #companions: Companions;
  readonly #program: CompanionProgram;
  /** Called when there is news that another one's asking has brought. */
  onNews: () => void = () => {};
  /** What was told of its companions, and it has not taken. */
  readonly waiting: CompanionNews[] = [];

  constructor(companions: Companions, program: CompanionProgram) {
    this.#companions = companions;
    this.#program = program;
  }

  /** Readable when there is news. */
  get fd(): number {
    return this.#companions.fd;
  }

  /** Asks for a new one. @returns its number; {@linkcode news} tells of it */
  start(): number {
    return this.#companions.start(this, VERBS[this.#program]);
  }

  /** Has one ended at once, whatever it does; one that has ended is none of anybody's. */
  kill(id: number): void {
    this.#companions.kill(id);
  }

  /** The next thing that there is to tell; null if there is nothing. Never blocks. */
  news(): CompanionNews | null {
    if (this.waiting.length === 0) this.#companions.hear(this);
    return this.waiting.shift() ?? null;
  }
}

/** The way to the supervisor, which all that ask for companions share. */
export class Companions {
  /** Readable when there is news. */
  readonly fd: number;
  readonly #symbols: Native["symbols"];
  readonly #word = new Uint8Array(new ArrayBuffer(Size.companionWord));
  readonly #words = new Uint32Array(this.#word.buffer);
  readonly #fds = new Int32Array(new ArrayBuffer(8));
  #last = 0;
  readonly #asked: [verb: number, id: number][] = [];

  constructor(symbols: Native["symbols"], fd: number = Fd.control) {
    this.#symbols = symbols;
    this.fd = fd;
  }

  /** Those that ask, by the companions that they have asked for. */
  readonly #offices = new Map<number, CompanionOffice>();

  /** Asks for a new one of somebody's. @returns its number */
  start(office: CompanionOffice, verb: number): number {
    const id = ++this.#last;
    this.#offices.set(id, office);
    this.#ask(verb, id);
    return id;
  }

  /** Has one ended at once, whatever it does; one that has ended is none of anybody's. */
  kill(id: number): void {
    this.#ask(Companion.kill, id);
  }

  #ask(verb: number, id: number): void {
    this.#asked.push([verb, id]);
    this.#flush();
  }

  /** The supervisor takes a few words at a time, and may be behind. */
  #flush(): void {
    for (let next = this.#asked[0]; next !== undefined; next = this.#asked[0]) {
      const result = this.#symbols.jz_companion_ask(this.fd, ...next);
      if (result === EAGAIN || result === EINTR) return;
      this.#asked.shift(); // any other error is the supervisor's end, and with it ours
    }
  }

  /** Takes what the supervisor tells, until it is something for who asks. */
  hear(asking: CompanionOffice): void {
    this.#flush();
    for (let told; (told = this.#next()) !== null;) {
      const office = this.#offices.get(told.id);
      if (told.what === "ended") this.#offices.delete(told.id);
      office?.waiting.push(told);
      if (office === asking) return;
      office?.onNews();
    }
  }

  #next(): CompanionNews | null {
    while (this.#symbols.jz_companion_hear(this.fd, this.#word, this.#fds) > 0) {
      const [verb, id] = [this.#words[0], this.#words[1]!];
      const [output, input] = [this.#fds[0]!, this.#fds[1]!];
      if (verb === Companion.started && output >= 0) {
        return { what: "started", id, socket: new CompanionSocket(this.#symbols, output, input) };
      }
      if (verb === Companion.ended) {
        const text = this.#word.subarray(8, this.#word.indexOf(0, 8));
        return { what: "ended", id, how: new TextDecoder().decode(text) };
      }
    }
    return null;
  }
}

/** This side's ends of a companion's standard output and input. */
export class CompanionSocket {
  /** For a poller: where it can be read, and where it can be written. */
  readonly fd: number;
  readonly input: number;
  readonly #symbols: Native["symbols"];
  #open = true;

  constructor(symbols: Native["symbols"], output: number, input: number) {
    this.#symbols = symbols;
    this.fd = output;
    this.input = input;
  }

  /** Reads what there is, to `buffer` from `offset` on. @returns bytes; 0: none now; -1: the end */
  read(buffer: Uint8Array<ArrayBuffer>, offset: number): number {
    const size = buffer.length - offset;
    if (!this.#open || size <= 0) return this.#open ? 0 : -1;
    const count = this.#symbols.jz_socket_read(this.fd, buffer, offset, size);
    if (count === EAGAIN || count === EINTR) return 0;
    return count <= 0 ? -1 : count;
  }

  /** Writes the bytes from `begin` to `end`, as far as it goes now. @returns how many; -1: nobody is there */
  write(buffer: Uint8Array<ArrayBuffer>, begin: number, end: number): number {
    if (!this.#open) return -1;
    const count = this.#symbols.jz_socket_write(this.input, buffer, begin, end - begin);
    if (count === EAGAIN || count === EINTR) return 0;
    return count < 0 ? -1 : count;
  }

  /** Waits until there is something to read, `ms` at most: for the end alone, as it holds up the loop. */
  wait(ms: number): void {
    if (this.#open) this.#symbols.jz_socket_wait(this.fd, Math.ceil(ms));
  }

  /** Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#symbols.jz_socket_close(this.fd);
    this.#symbols.jz_socket_close(this.input);
  }
}
