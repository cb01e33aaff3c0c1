/** Messages as NATS's protocol has them (`HPUB`), many in one piece. @module */
import type { NatsConnection } from "@nats-io/nats-core";

const encoder = new TextEncoder();
/** Bytes that a text may take, for each of its UTF-16 units. */
const WIDEST = 3;
/** It is made no smaller than that again. */
const CAPACITY = 1 << 16;

/** Gathers messages, and hands them over together. NATS's own `publish` costs as much as all the rest. */
export class Wire {
  #bytes = new Uint8Array(new ArrayBuffer(CAPACITY));
  #length = 0;

  /**
   * Adds a message.
   *
   * @param reply the subject that it is acknowledged to
   * @param headers as they stand on the wire, with the empty line
   * @param size bytes of the headers
   */
  add(subject: string, reply: string, headers: string, size: number, body: Uint8Array): void {
    const head = `HPUB ${subject} ${reply} ${size} ${size + body.length}\r\n${headers}`;
    const most = this.#length + WIDEST * head.length + body.length + 2;
    if (most > this.#bytes.length) this.#grow(most);
    const bytes = this.#bytes;
    let at = this.#length;
    at += encoder.encodeInto(head, bytes.subarray(at)).written;
    bytes.set(body, at);
    at += body.length;
    bytes[at++] = 0x0d;
    bytes[at++] = 0x0a;
    this.#length = at;
  }

  /** Hands what is gathered to a connection. */
  send(nc: NatsConnection): void {
    if (this.#length === 0) return;
    // The client has no public way for bytes that are on the wire's form already.
    const { protocol } = nc as unknown as { protocol: { sendCommand(bytes: Uint8Array): void } };
    protocol.sendCommand(this.#bytes.slice(0, this.#length));
    this.clear();
  }

  /** Forgets what is gathered. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > 4 * CAPACITY) this.#bytes = new Uint8Array(new ArrayBuffer(CAPACITY));
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(new ArrayBuffer(Math.max(needed, 2 * this.#bytes.length)));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
