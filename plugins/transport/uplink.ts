/** The way up to Janus, which may be full for a while. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import { Message } from "../../ffi/zmq/thin.ts";
import type { Peer } from "./peer.ts";
import { Flag } from "./records.ts";

/**
 * Pushes records to Janus in order. Those that the ring can't take yet wait here; while they do,
 * nothing more is read from the sockets, so that few ever wait and clients feel it through ZeroMQ.
 */
export class Uplink {
  readonly #link: Link;
  readonly #waiting: Parameters<Link["put"]>[] = [];
  /** Janus was not woken for the last record. */
  #untold = false;

  constructor(link: Link) {
    this.#link = link;
  }

  /** True while records wait: read nothing that would lead to more. */
  get blocked(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Pushes a record, about a peer or none, now or as soon as there is room. Janus may
   * sleep until {@linkcode rouse}.
   *
   * @throws {RangeError} if it never fits
   */
  push(
    kind: number,
    peer: Pick<Peer, "id" | "admin"> | null,
    request: number,
    text: string | Uint8Array<ArrayBuffer> | Message,
  ): void {
    const payload = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const isMessage = payload instanceof Message;
    const length = isMessage ? payload.size : payload.length;
    const { longest } = this.#link;
    // First of all: one that waits would only be found out when its turn comes.
    if (length > longest) {
      throw new RangeError(
        `Cannot push ${length} bytes to Janus: a record takes at most ${longest}`,
      );
    }
    const flags = peer?.admin ? Flag.admin : 0, id = peer?.id ?? 0;
    if (!this.blocked) {
      const data = isMessage ? payload.data() : payload;
      this.#untold = true;
      if (this.#link.put(kind, flags, id, request, data, length) === "pushed") return;
    }
    const copy = isMessage ? payload.copy() : payload;
    this.#waiting.push([kind, flags, id, request, copy, length]);
  }

  /** Wakes Janus for what was pushed. */
  rouse(): void {
    if (this.#untold) this.#link.rouse();
    this.#untold = false;
  }

  /** Pushes what waits, as far as there is room, and wakes Janus for it. */
  flush(): void {
    while (this.blocked) {
      if (this.#link.put(...this.#waiting[0]!) === "full") break;
      this.#untold = true;
      this.#waiting.shift();
    }
    this.rouse();
  }
}
