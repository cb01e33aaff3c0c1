/** What the companion says to its host. @module */
import { encodeFrame } from "../../companion/frames.ts";
import type { StreamMessage } from "../messages.ts";
import { FrameKind, type StreamNews } from "../protocol.ts";
import type { PublisherListener } from "../publisher.ts";

/** How long (ms) the host waits for what is stored to be said, at most: many are said at once. */
const SAY_MS = 5;
/** The same reason is said again after this (ms). */
const AGAIN_MS = 60_000;
/** Characters of a reason: a frame of news has room for them as JSON. */
const REASON = 500;

/** A server that wants another certificate says so by an alert, which may be lost as it ends the connection. */
const ENDED = /^(read|write) E[A-Z]+|fatal alert|unexpected eof|closed|ended the connection/i;
const NO_CERTIFICATE =
  "The server ended the connection over TLS: it may ask for a client certificate, or for one of another authority (stream.cert, stream.key)";

/** Says to the host what comes of its messages. */
export class Reporter implements PublisherListener {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #outranked: () => void;
  readonly #isTls: boolean;
  #wasOpen = false;
  #isOpen = false;
  /** All that was said of why it is not open was said a moment before already. */
  #isQuiet = false;
  /** Events that are stored, since it was last said; and the place of the last message. */
  #count = 0;
  #place = 0;
  #number = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Why it is not open, as it was said last. */
  #reason = "";
  /** Reasons, and when each was said. */
  readonly #said = new Map<string, number>();

  constructor(write: (bytes: Uint8Array) => void, outranked: () => void, isTls: boolean) {
    this.#write = write;
    this.#isTls = isTls;
    this.#outranked = outranked;
  }

  stored({ number }: StreamMessage, place: number, events: number, all: boolean): void {
    this.#count += events;
    this.#place = place;
    this.#number = number;
    // The host has gathered the next ones meanwhile, and waits for this.
    if (all) return this.flush();
    this.#timer ??= setTimeout(() => this.flush(), SAY_MS);
  }

  opened(server: string, differences: readonly string[]): void {
    this.#wasOpen = this.#isOpen = true;
    this.#news({ what: "opened", server, differences, again: this.#isQuiet });
  }

  failed({ message }: Error): void {
    const isEnd = this.#isTls && !this.#wasOpen && ENDED.test(message);
    const reason = isEnd ? NO_CERTIFICATE : message.slice(0, REASON);
    const now = performance.now();
    for (const [one, at] of this.#said) if (now - at >= AGAIN_MS) this.#said.delete(one);
    const again = this.#said.has(reason);
    if (again && !this.#isOpen && reason === this.#reason) return;
    this.#reason = reason;
    this.#isQuiet = again && (this.#isOpen || this.#isQuiet);
    this.#isOpen = false;
    if (!again) this.#said.set(reason, now);
    this.#news({ what: "failed", reason, again });
  }

  oversized(type: string, bytes: number): void {
    this.#news({ what: "oversized", type, bytes });
  }

  outranked(): void {
    this.flush();
    this.#outranked();
  }

  /** Says at once what is to be said. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#place === 0) return;
    const words = new Float64Array([this.#count, this.#place, this.#number]);
    this.#count = 0;
    this.#write(encodeFrame(FrameKind.stored, new Uint8Array(words.buffer)));
  }

  #news(news: StreamNews): void {
    this.#write(encodeFrame(FrameKind.news, [], JSON.stringify(news)));
  }
}
