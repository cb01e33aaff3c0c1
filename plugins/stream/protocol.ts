/** What the plugin's process and the stream's companion say to each other, in frames. @module */
import type { StreamSettings } from "./setup.ts";

/** Kinds of frames. */
export const FrameKind = {
  /** Host, first of all: {@linkcode StreamInit} as JSON. */
  init: 1,
  /** Host: messages, each a head as in {@linkcode MESSAGE} and its body. */
  messages: 2,
  /** Host: Janus ends; deliver what there is, write `gone`, and end. Payload: milliseconds for it, 32 bits. */
  finish: 3,
  /** Host: answer, so that it is known that you are well. */
  ping: 4,
  /** Companion: further events are stored, see {@linkcode STORED}. */
  stored: 16,
  /** Companion: {@linkcode StreamNews} as JSON. */
  news: 17,
  /** Companion: the answer to a ping. */
  pong: 18,
} as const;

/**
 * Places in a message's head, in bytes. Record and number are 64-bit floats, the rest 32 bits; the body
 * follows, padded to whole words of 8 bytes.
 */
export const MESSAGE = { record: 0, number: 8, part: 16, kind: 20, bytes: 24, head: 32 } as const;

/** What a message is. */
export const MessageKind = {
  /** An event, or what filters made of it. */
  event: 0,
  /** What is missing before it, as JSON (`DroppedRecord`): record and part are those of the event after it. */
  dropped: 1,
} as const;

/**
 * Places in a `stored` frame, as 64-bit floats: how many messages of kind `event` are stored that were
 * not before, in order; the place in the stream of the last message, and its event's number.
 */
export const STORED = { count: 0, place: 8, number: 16, length: 24 } as const;

/** The longest frame of messages, but for one whose only message is longer; and of news. */
export const MAX_MESSAGES = 256 << 10;
export const MAX_NEWS = 4096;

/** Rounds up to whole words of 8 bytes. */
export function aligned(length: number): number {
  return (length + 7) & ~7;
}

/** How to reach the servers. Files are read by the companion, which may read nothing else. */
export interface StreamServers {
  /** `host:port`, or `tls://host:port`. */
  readonly servers: readonly string[];
  /** Paths; empty for none. */
  readonly credentials: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly user: string;
  /** Paths too: the secret is the file's text, without a newline at its end. */
  readonly password_file: string;
  readonly token_file: string;
}

/** How far the stream is known to have all of this run of Janus's; 0 for what is not known. */
export interface Known {
  /** A place in the stream, and the number of the last event, as of the last message said to be stored. */
  readonly place: number;
  readonly number: number;
  /** The last record of which all is stored. */
  readonly record: number;
}

/** What the companion is told first. */
export interface StreamInit {
  readonly servers: StreamServers;
  readonly stream: StreamSettings;
  readonly instance: string;
  /** The machine's name: who else uses the instance's name is told it. */
  readonly host: string;
  /** When Janus was started, in milliseconds since 1970. */
  readonly epoch: number;
  readonly window: number;
  readonly known: Known;
}

/** What the companion has to tell. */
export type StreamNews =
  | {
    readonly what: "opened";
    readonly server: string;
    readonly differences: readonly string[];
    /** True if nobody was told that it had failed before. */
    readonly again: boolean;
  }
  /** It can't publish, and tries again. `again`: the same was said a moment ago, it need not be told. */
  | { readonly what: "failed"; readonly reason: string; readonly again: boolean }
  /** An event was too large for the server, by its type's name; a `dropped` record stands in its place. */
  | { readonly what: "oversized"; readonly type: string; readonly bytes: number };
