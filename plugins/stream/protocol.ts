/** What the plugin's process and the stream's companion say to each other, in frames. @module */
import type { StreamSettings } from "./setup.ts";

/** Kinds of frames. */
export const FrameKind = {
  /** Host, first of all: `StreamInit` as JSON. */
  init: 1,
  /** Host: messages, see {@linkcode MESSAGE}. */
  messages: 2,
  /** Host: deliver what there is, and end. */
  finish: 3,
  /** Companion: all up to a message is stored, see {@linkcode STORED}. */
  stored: 16,
  /** Companion: `StreamNews` as JSON. */
  news: 17,
} as const;

/** Places in what stands before each message's body, in bytes; padded to 8 with the body. */
export const MESSAGE = { record: 0, part: 8, bytes: 12, body: 16 } as const;

/** Places in a `stored` frame: 64-bit floats. */
export const STORED = { count: 0, place: 8, length: 16 } as const;

/** The longest frame of messages, and of news. */
export const MAX_MESSAGES = 4 << 20;
export const MAX_NEWS = 4096;

/** How to reach the servers. Files are read by the companion, which may read nothing else. */
export interface StreamServers {
  readonly servers: readonly string[];
  readonly credentials: string;
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What the companion is told first. */
export interface StreamInit {
  readonly servers: StreamServers;
  readonly stream: StreamSettings;
  readonly instance: string;
  readonly epoch: number;
  readonly window: number;
  /** The place in the stream up to which all is known to be stored. */
  readonly place: number;
}

/** What the companion has to tell. */
export type StreamNews =
  | { readonly what: "opened"; readonly server: string; readonly differences: readonly string[] }
  | { readonly what: "failed"; readonly reason: string };
