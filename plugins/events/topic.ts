/** Topics of events, as bytes. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import { topicHead } from "../janus/event_types.ts";

/** Room for what `Link.topic` puts behind the head. */
const BYTES = 512;

/** Writes topics: the same text as `eventTopic` (`plugins/janus`), without reading the JSON. */
export class TopicWriter {
  /** The topic written last. */
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(new ArrayBuffer(BYTES));
  readonly #heads = new Map<number, Uint8Array<ArrayBuffer>>();

  /** Writes the topic of a record of the batch. @returns its length */
  write(link: Link, index: number): number {
    const head = this.#head(link.type(index), link.subtype(index));
    return link.topic(index, head, head.length, this.bytes);
  }

  #head(type: number, subtype: number): Uint8Array<ArrayBuffer> {
    const key = type * 0x10000 + subtype;
    let head = this.#heads.get(key);
    if (head === undefined) {
      head = new TextEncoder().encode(topicHead(type, subtype));
      this.#heads.set(key, head);
    }
    return head;
  }
}
