/** The stream of frames, which comes back when it breaks off. @module */
import type { Frame } from "../wire.ts";

/** How the connection to the monitor is. */
export type FeedState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | {
    readonly kind: "lost";
    readonly since: number;
    /** When it is tried again. */
    readonly again: number;
    readonly problem: string;
  };

/** Milliseconds between tries, longer and longer. */
const PAUSES = [1000, 2000, 4000, 8000];
/** A frame comes each second: after so long (ms) the connection is dead, though nobody says so. */
const SILENCE_MS = 6000;

/** What the feed tells. */
export interface FeedListener {
  /** @returns false if it does not follow from the frame before, and all is needed anew */
  frame(frame: Frame): boolean;
  state(state: FeedState): void;
}

/** Follows `/api/events`. */
export class Feed {
  readonly #listener: FeedListener;
  #source: EventSource | null = null;
  #silence = 0;
  #tries = 0;
  #since: number | null = null;

  constructor(listener: FeedListener) {
    this.#listener = listener;
  }

  /** Begins. */
  start(): void {
    this.#listener.state({ kind: "connecting" });
    // A phone that was asleep looks at once, not after the pause.
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#hurry();
    });
    this.#open();
  }

  #hurry(): void {
    if (this.#since !== null && this.#source === null) this.#open();
  }

  #open(): void {
    clearTimeout(this.#silence);
    const source = new EventSource("api/events");
    this.#source = source;
    for (const kind of ["snapshot", "tick"]) {
      source.addEventListener(kind, (event) => this.#take(source, event as MessageEvent<string>));
    }
    source.addEventListener("error", () => {
      if (this.#source === source) this.#lose();
    });
    this.#listen();
  }

  #take(source: EventSource, { data }: MessageEvent<string>): void {
    if (this.#source !== source) return;
    this.#listen();
    if (!this.#listener.frame(JSON.parse(data) as Frame)) {
      source.close();
      this.#open();
      return;
    }
    this.#tries = 0;
    this.#since = null;
    this.#listener.state({ kind: "live" });
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(), SILENCE_MS);
  }

  async #lose(): Promise<void> {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#silence);
    this.#since ??= Date.now();
    const pause = PAUSES[Math.min(this.#tries++, PAUSES.length - 1)]!;
    const again = Date.now() + pause;
    this.#silence = setTimeout(() => this.#open(), pause);
    const since = this.#since;
    const tell = (problem: string) => {
      // It may be back by now.
      if (this.#since === since) this.#listener.state({ kind: "lost", since, again, problem });
    };
    tell("");
    tell(await reasonOf());
  }
}

/** Why there are no events, as far as it can be found out. */
async function reasonOf(): Promise<string> {
  try {
    const { ok, status } = await fetch("-/healthy", { signal: AbortSignal.timeout(3000) });
    return ok
      ? "The monitor answers, but takes no more browsers just now."
      : `The monitor refuses: HTTP ${status}.`;
  } catch {
    return "The monitor does not answer. Does it still run, and does the way to it?";
  }
}
