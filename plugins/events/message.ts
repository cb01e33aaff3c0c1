/** What sinks are handed. @module */
import type { Link } from "../../ffi/bridge/link.ts";

/** A frame: the first bytes of a buffer, or those at an address. */
export type Bytes = Uint8Array<ArrayBuffer> | bigint;

const NONE = new Uint8Array(new ArrayBuffer(0));

/**
 * An event on its way to the sinks, or several in one JSON text. The pipeline has one such object and
 * fills it anew for each event: nobody may hold on to it.
 */
export class SinkMessage {
  /** Number of the record in the ring that it comes from. */
  record = 0;
  /** Which of the messages it is that the record became, from 0 on. */
  part = 0;
  /** The record's index in the batch in hand, whose text the body is; -1 if {@linkcode body} is. */
  index = -1;
  /** Janus's type of the event. */
  type = 0;
  /** The event's number; of several, the first one's. */
  number = 0;
  /** The number of its last event. */
  last = 0;
  topic: Bytes = 0n;
  /** Bytes; 0 if topics are off. */
  topicLength = 0;
  body: Bytes = 0n;
  bodyLength = 0;
  /** Where filters have written topic and body; null if the body is a record's, in the ring. */
  memory: Uint8Array<ArrayBuffer> | null = null;
  topicOffset = 0;
  bodyOffset = 0;

  /** The topic's bytes, where they are; empty if topics are off. */
  topicBytes(): Uint8Array<ArrayBuffer> {
    const { memory, topic, topicOffset, topicLength } = this;
    if (typeof topic !== "bigint") return topic.subarray(0, topicLength);
    return memory === null ? NONE : memory.subarray(topicOffset, topicOffset + topicLength);
  }

  /** The body, where it is. */
  bodyIn(link: Link): Bytes {
    return this.index >= 0 ? link.textAddress(this.index) : this.body;
  }

  /** The body's bytes: those that are there, or a copy of those in the ring. */
  bodyBytes(link: Link): Uint8Array<ArrayBuffer> {
    const { memory, bodyOffset, bodyLength } = this;
    if (memory !== null) return memory.subarray(bodyOffset, bodyOffset + bodyLength);
    const body = this.bodyIn(link);
    return typeof body === "bigint" ? link.read(body, bodyLength) : body.subarray(0, bodyLength);
  }

  /** Writes the body to a buffer of its length. */
  copyBody(link: Link, target: Uint8Array<ArrayBuffer>): void {
    const body = this.memory === null ? this.bodyIn(link) : null;
    if (typeof body === "bigint") link.readInto(body, target);
    else target.set(this.bodyBytes(link));
  }
}
