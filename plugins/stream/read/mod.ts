/** Reading Janus's events from a JetStream stream. @module */
export type { StreamItem, StreamPosition } from "./item.ts";
export type { Gap } from "./order.ts";
export { type ReadOptions, StreamReadError } from "./options.ts";
export { readEventBatches, readEvents } from "./read.ts";
