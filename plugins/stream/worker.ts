/** The stream's companion, as the sink has it: started, started anew when it has ended, and heard. @module */
import { encodeFrame, type Frame } from "../companion/frames.ts";
import { CompanionPolling, type Descriptors } from "../companion/polling.ts";
import { CompanionProcess, type CompanionSource } from "../companion/process.ts";
import type { Log } from "../janus/log.ts";
import { FrameKind, MAX_NEWS, STORED, type StreamInit, type StreamNews } from "./protocol.ts";

/** One that has ended is started anew after this (ms), and twice as long each time. */
const [RETRY_MS, RETRY_MAX_MS] = [250, 5000];
/** It is asked so often (ms) whether it is well, and ended if it has not answered after so long. */
const [PING_MS, ANSWER_MS] = [5000, 15_000];
/** One that ran for so long (ms) was well. */
const WELL_MS = 10_000;

/** Who is told what it says. */
export interface WorkerListener {
  /** It has been started, and told of the stream: what it is sent arrives. */
  started(): void;
  /**
   * So many further events are stored, the last message of all at a place of the stream, up to an event's
   * number. @throws {RangeError} if that can't be
   */
  stored(count: number, place: number, number: number): void;
  /** @throws {TypeError} if it makes no sense */
  news(news: StreamNews): void;
  /** It has ended. @param reason as a sentence */
  ended(reason: string): void;
}

/** Keeps one companion running. */
export class StreamWorker {
  /** The supervisor may have something to tell. */
  news = true;
  /** Nobody waits for what it says: it is looked for each time. */
  eager = false;
  readonly processes: CompanionProcess[] = [];
  readonly #source: CompanionSource;
  readonly #log: Log;
  readonly #init: () => StreamInit;
  readonly #listener: WorkerListener;
  readonly #polling = new CompanionPolling(this);
  #startedAt = 0;
  #retryMs = RETRY_MS;
  #retryAt = 0;
  #reason = "";
  #closing = false;
  /** When it was asked whether it is well (ms), and whether it has not answered. */
  #askedAt = 0;
  #asked = false;

  constructor(
    source: CompanionSource,
    log: Log,
    init: () => StreamInit,
    listener: WorkerListener,
  ) {
    this.#source = source;
    this.#log = log;
    this.#init = init;
    this.#listener = listener;
    source.onNews = () => void (this.news = true);
  }

  /** True while it can be sent something. */
  get running(): boolean {
    return this.#process?.ran === true && this.#process.how === null;
  }

  get #process(): CompanionProcess | undefined {
    return this.processes[0];
  }

  reads(): boolean {
    return true;
  }

  watch(poller: Descriptors): void {
    this.#polling.watch(poller, this.#source.fd);
  }

  prepare(poller: Descriptors): void {
    this.#polling.prepare(poller);
  }

  woken(poller: Descriptors): number {
    return this.#polling.woken(poller);
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.#process?.send(frame);
  }

  /** Takes in what there is, and does what is due. */
  update(now: number): void {
    if (this.news) this.#hear(now);
    const process = this.#process;
    if (process === undefined) {
      if (!this.#closing && now >= this.#retryAt) this.#start(now);
      return;
    }
    process.flush();
    this.#ask(process, now);
    if (this.eager) process.readable = true;
    for (let frame; (frame = process.next()) !== null;) this.#take(process, frame);
    if (process.verdict !== null || process.silent) this.#ended(process, now);
  }

  timeout(now: number): number {
    if (this.news) return 0;
    if (this.#closing) return Infinity;
    if (this.#process === undefined) return Math.max(0, this.#retryAt - now);
    if (!this.running) return Infinity;
    return Math.max(0, this.#askedAt + (this.#asked ? ANSWER_MS : PING_MS) - now);
  }

  /** Has it deliver what it has and write the end, and waits for it, `ms` at most; 0: it just ends. */
  finish(ms: number): void {
    this.#closing = true;
    const process = this.#process;
    if (process === undefined) return;
    if (ms === 0) return process.kill("ended");
    const bytes = new Uint8Array(new Uint32Array([ms]).buffer);
    process.send(encodeFrame(FrameKind.finish, bytes));
    for (const end = Date.now() + ms; process.fd >= 0 && Date.now() < end;) {
      process.wait(Math.min(20, ms));
      this.news = true;
      this.update(Date.now());
    }
    process.kill("ended");
  }

  #start(now: number): void {
    const init = encodeFrame(FrameKind.init, [], JSON.stringify(this.#init()));
    this.#startedAt = now;
    this.processes.push(new CompanionProcess(this.#source, init, MAX_NEWS));
  }

  #hear(now: number): void {
    this.news = false;
    for (let news; (news = this.#source.news()) !== null;) {
      const process = this.#process;
      if (process === undefined || news.id !== process.id) {
        if (news.what === "started") news.socket.close();
      } else if (news.what === "started") {
        process.started(news.socket);
        this.#askedAt = now;
        this.#asked = false;
        this.#listener.started();
      } else {
        process.how = news.how;
        process.readable = true;
        if (!process.ran) this.#ended(process, now);
      }
    }
  }

  /** One that hangs, whatever it is that holds it, is ended. */
  #ask(process: CompanionProcess, now: number): void {
    if (!process.ran || this.#closing || now - this.#askedAt < PING_MS) return;
    if (!this.#asked) {
      this.#askedAt = now;
      this.#asked = true;
      process.send(encodeFrame(FrameKind.ping, []));
    } else if (now - this.#askedAt >= ANSWER_MS) {
      process.kill("does not answer");
    }
  }

  #take(process: CompanionProcess, { kind, payload }: Frame): void {
    try {
      if (kind === FrameKind.stored && payload.length === STORED.length) {
        const view = new DataView(payload.buffer, payload.byteOffset);
        const value = (at: number) => view.getFloat64(at, true);
        const { count, place, number } = STORED;
        this.#listener.stored(value(count), value(place), value(number));
      } else if (kind === FrameKind.pong) {
        this.#asked = false;
      } else if (kind === FrameKind.news) {
        this.#listener.news(JSON.parse(new TextDecoder().decode(payload)));
      } else throw new RangeError(`a frame of kind ${kind} and ${payload.length} bytes`);
    } catch (error) {
      process.accuse(error instanceof Error ? error.message : String(error));
    }
  }

  #ended(process: CompanionProcess, now: number): void {
    this.processes.length = 0;
    if (this.#closing) return;
    process.kill("is replaced");
    const well = process.ran && now - this.#startedAt >= WELL_MS;
    this.#retryMs = well ? RETRY_MS : Math.min(2 * this.#retryMs, RETRY_MAX_MS);
    this.#retryAt = now + (well ? 0 : this.#retryMs);
    const reason = process.verdict === "is replaced" ? process.how ?? "" : process.cause;
    if (reason !== this.#reason || well) {
      this.#log.warning(`The stream's process ${reason}; it is started anew`);
    }
    this.#reason = reason;
    this.#listener.ended(`The stream's process ${reason}`);
  }
}
