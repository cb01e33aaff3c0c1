/** A process beside the plugin's, as the plugin sees it: whatever it says is a stranger's. @module */
import { type Frame, FrameReader } from "./frames.ts";

/** This side's ends of a process's output and input. Nothing blocks but `wait`. */
export interface CompanionSocket {
  /** For a poller: where its output is read, and where its input is written. */
  readonly fd: number;
  readonly input: number;
  /** Reads to `buffer` from `offset` on. @returns bytes; 0: none now; -1: the end */
  read(buffer: Uint8Array<ArrayBuffer>, offset: number): number;
  /** Writes the bytes from `begin` to `end`. @returns how many it took; -1: nobody is there */
  write(buffer: Uint8Array<ArrayBuffer>, begin: number, end: number): number;
  /** Waits until there is something to read, `ms` at most. */
  wait(ms: number): void;
  close(): void;
}

/** What is told of a process. */
export type CompanionNews =
  | { readonly what: "started"; readonly id: number; readonly socket: CompanionSocket }
  | { readonly what: "ended"; readonly id: number; readonly how: string };

/** Who starts and ends processes: the supervisor. */
export interface CompanionSource {
  /** Readable when there is news. */
  readonly fd: number;
  start(): number;
  kill(id: number): void;
  news(): CompanionNews | null;
  /** Called when there is news though nothing has become readable. */
  onNews?: () => void;
}

/** From its start to its end. */
export class CompanionProcess {
  readonly id: number;
  /** Why it is to end, if it is for us that it does; null for its own reasons. */
  verdict: string | null = null;
  /** How it ended. */
  how: string | null = null;
  /** There may be something to read; cleared by {@linkcode next}. */
  readable = false;
  readonly #first: Uint8Array<ArrayBuffer>;
  readonly #source: CompanionSource;
  readonly #reader: FrameReader;
  #socket: CompanionSocket | null = null;
  #closed = false;
  /** It has closed its input. */
  #deaf = false;
  /** What it has not taken yet. */
  #out: Uint8Array<ArrayBuffer>[] = [];
  #sent = 0;

  /**
   * Has it started.
   *
   * @param first the frame that it is sent first
   * @param most bytes that a payload of its may have
   */
  constructor(source: CompanionSource, first: Uint8Array<ArrayBuffer>, most: number) {
    this.#source = source;
    this.#first = first;
    this.#reader = new FrameReader(most);
    this.id = source.start();
  }

  /** False if it could not even be started. */
  get ran(): boolean {
    return this.#socket !== null;
  }

  /** For a poller: where it is read; -1 while there is nothing to wait for. */
  get fd(): number {
    return this.#socket === null || this.#closed ? -1 : this.#socket.fd;
  }

  /** The same for where it is written; -1 unless it has not taken all. */
  get input(): number {
    if (this.#socket === null || this.#closed || this.#deaf || !this.behind) return -1;
    return this.#socket.input;
  }

  /** True if it has not taken all that it was sent. */
  get behind(): boolean {
    return this.#out.length > 0;
  }

  /** It runs: the supervisor has handed over its socket. */
  started(socket: CompanionSocket): void {
    if (this.#closed) return socket.close(); // it is to end already
    this.#socket = socket;
    this.send(this.#first);
  }

  /** Sends a frame, which is the process's from now on. */
  send(frame: Uint8Array<ArrayBuffer>): void {
    this.#out.push(frame);
    this.flush();
  }

  /** Sends what waits, as far as it goes. */
  flush(): void {
    for (let frame = this.#out[0]; frame !== undefined; frame = this.#out[0]) {
      const count = this.#socket?.write(frame, this.#sent, frame.length) ?? 0;
      if (count < 0) {
        this.#deaf = true; // it will be seen to have ended
        this.#out = [frame];
      }
      if (count <= 0) return;
      this.#sent += count;
      if (this.#sent < frame.length) return;
      this.#out.shift();
      this.#sent = 0;
    }
  }

  /** The next frame; null if there is none now. One that can't be is the process's end. */
  next(): Frame | null {
    try {
      if (this.verdict !== null) return null;
      const frame = this.#reader.next();
      if (frame !== null || !this.readable || this.#socket === null || this.#closed) return frame;
      const socket = this.#socket;
      const count = this.#reader.fill((buffer, offset) => {
        const count = socket.read(buffer, offset);
        this.readable = count === buffer.length - offset;
        return count;
      });
      if (count < 0) this.#close();
      return count > 0 ? this.#reader.next() : null;
    } catch (error) {
      this.accuse(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  /** It has said something that it can't have meant: it is ended. */
  accuse(what: string): void {
    this.kill(`said what makes no sense (${what})`);
  }

  /** Has it ended at once; nothing that it says counts any more. @param verdict why */
  kill(verdict: string): void {
    if (this.verdict !== null) return;
    this.verdict = verdict;
    this.#close();
  }

  /** Why, or else how, it has ended. */
  get cause(): string {
    return this.verdict ?? this.how ?? "has not ended";
  }

  /** Waits until it says something, `ms` at most: for the end alone. */
  wait(ms: number): void {
    this.#socket?.wait(ms);
    this.readable = true;
  }

  /** Nothing of it is left to be read. */
  get silent(): boolean {
    return this.how !== null && (this.#socket === null || this.#closed);
  }

  /** Its end has come, or it has closed its output: then it is of no use. */
  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket?.close();
    if (this.how === null) this.#source.kill(this.id);
  }
}
