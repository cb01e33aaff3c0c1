/** The browsers that follow what happens: each frame is written once, for all of them. @module */
import type { Model } from "../model.ts";
import type { Tick } from "../wire.ts";

/** Browsers at a time. */
export const MAX_BROWSERS = 64;

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** A browser. It has one frame under way at most: if it is not through with that, it misses the next. */
class Browser {
  readonly stream: ReadableStream<Bytes>;
  #controller!: ReadableStreamDefaultController<Bytes>;
  #wants = false;
  /** The frame that it has, or had sent to it; -1 if it needs all anew. */
  #has = -1;

  constructor(gone: () => void) {
    this.stream = new ReadableStream<Bytes>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#wants = true;
      },
      cancel: gone,
    }, { highWaterMark: 0 });
  }

  /** Hands it what it needs, if it can take it. */
  offer(sequence: number, tick: () => Bytes, snapshot: () => Bytes): void {
    if (!this.#wants || this.#has === sequence) return;
    this.#wants = false;
    const bytes = this.begun && this.#has === sequence - 1 ? tick() : snapshot();
    this.#has = sequence;
    this.#controller.enqueue(bytes);
  }

  /** True once it has its first frame. */
  get begun(): boolean {
    return this.#has >= 0;
  }

  close(): void {
    try {
      this.#controller.close();
    } catch {
      // It went by itself.
    }
  }
}

/** All browsers. */
export class Hub {
  readonly #model: Model;
  readonly #browsers = new Set<Browser>();
  #tick: Tick | null = null;
  #tickBytes: Bytes | null = null;
  #snapshotBytes: Bytes | null = null;
  #closed = false;

  constructor(model: Model) {
    this.#model = model;
  }

  /** How many there are. */
  get size(): number {
    return this.#browsers.size;
  }

  /** One more; null if there are too many. */
  open(): ReadableStream<Bytes> | null {
    if (this.#closed || this.#browsers.size >= MAX_BROWSERS) return null;
    const browser: Browser = new Browser(() => this.#browsers.delete(browser));
    this.#browsers.add(browser);
    // All there is, as soon as it wants something: not a second later.
    queueMicrotask(() => this.#begin(browser));
    return browser.stream;
  }

  /** A second has ended: all are told what has changed. */
  tick(tick: Tick): void {
    this.#tick = tick;
    this.#tickBytes = null;
    this.#snapshotBytes = null;
    for (const browser of this.#browsers) this.#offer(browser);
  }

  /** Ends all connections. */
  close(): void {
    this.#closed = true;
    for (const browser of this.#browsers) browser.close();
    this.#browsers.clear();
  }

  #begin(browser: Browser): void {
    if (!this.#browsers.has(browser) || browser.begun) return;
    this.#offer(browser);
    if (!browser.begun) setTimeout(() => this.#begin(browser), 20);
  }

  #offer(browser: Browser): void {
    const sequence = this.#tick?.sequence ?? 0;
    browser.offer(
      sequence,
      () => this.#tickBytes ??= frame("tick", sequence, this.#tick),
      () => this.#snapshotBytes ??= frame("snapshot", sequence, this.#model.snapshot(Date.now())),
    );
  }
}

function frame(kind: string, sequence: number, value: unknown): Bytes {
  return encoder.encode(`event: ${kind}\nid: ${sequence}\ndata: ${JSON.stringify(value)}\n\n`);
}
