/**
 * What the stub (C) and the isolate (TypeScript) agree on: descriptors, ring geometry, record kinds.
 * `ffi/stub/layout.gen.h` is generated from this file (`deno task generate`).
 *
 * @module
 */

/** Raised whenever anything in this file changes its meaning. Checked when the isolate attaches. */
export const ABI_VERSION = 4;

/** The descriptors that the stub gives to the isolate, beside 0 (null), 1 and 2 (log pipes). */
export const Fd = {
  /** The shared memory: header, status page, both rings. */
  memory: 3,
  /** eventfd: something for the isolate (down ring filled, up ring has room again, stop). */
  wakeChild: 4,
  /** eventfd: something for Janus (up ring filled). */
  wakeJanus: 5,
  /** Read end of a pipe whose other end dies with Janus. */
  lifeline: 6,
  /** The bundled program, sealed. */
  program: 7,
  /** The plugin's own file, which holds the C functions in `native.ts`. */
  library: 8,
  /** What the isolate must know at its start, as JSON (`Boot`). */
  boot: 9,
  /** Socket to the supervisor, for companions: see `Companion`. */
  control: 10,
} as const;

/** The descriptors that the stub gives to a companion, beside 0 and 1 (its socket) and 2 (log pipe). */
export const CompanionFd = {
  /** Its bundled program, sealed. */
  program: 3,
  /** The import map that gives operators' modules their SDK, sealed. */
  imports: 4,
} as const;

/**
 * What isolate and supervisor say of companions: a word each of `struct jz_companion_word`, with the
 * companion's number.
 */
export const Companion = {
  /** Isolate: start one. */
  start: 1,
  /** Isolate: end it at once. */
  kill: 2,
  /** Supervisor: it runs; its socket comes along. */
  started: 3,
  /** Supervisor: it has ended; text: how. */
  ended: 4,
} as const;

/** Exit codes of the isolate. */
export const Exit = {
  /** It is to be started anew, in order (`EX_TEMPFAIL`). */
  renewed: 75,
} as const;

/** Sizes and limits, in bytes where nothing else is said. */
export const Size = {
  /** Record header; payloads follow it, records are 8-aligned. */
  recordHeader: 40,
  /** One entry of what `drain` hands over. */
  drainEntry: 48,
  /** JSON text that the isolate keeps for `query_transport` and `handle_request`. */
  statusPage: 65536,
  /** Counters (number of 64-bit floats) that outlive the isolate. */
  counters: 256,
  /** A word about a companion, and the text in it. */
  companionWord: 136,
  companionText: 128,
  /** The longest name of a plugin or transport before an event's text; others are left out. */
  name: 255,
  /** A record may take at most 1/recordShare of its ring, so that two always fit. */
  recordShare: 2,
  /** The up ring is 1/upShare of `runtime.ring_size`, which is the down ring's size. */
  upShare: 4,
} as const;

/** Places among the counters. */
export const Place = {
  /**
   * Events that were refused as the ring was full, by index of their type; the last of
   * `eventTypes` is for types that are not known, and for what is no event.
   */
  ringFull: 224,
  /** The same for events that no ring of this size takes. */
  oversized: 240,
  /** The same for what cannot be written as JSON. */
  invalid: 208,
  /** How many places each of the three has. */
  eventTypes: 10,
} as const;

/** Record kinds from Janus to the isolate. */
export const Down = {
  /** A reply (request is not 0) or an asynchronous message for a peer; payload: JSON text. */
  message: 1,
  /** A Janus session began, ended or moved; no payload, see `SessionFlag`. */
  session: 2,
  /**
   * An event, type and subtype as Janus numbers them; payload: the name of the plugin or transport
   * that it is of, `flags` bytes long, then JSON text.
   */
  event: 3,
  /** What Janus's admin wants changed; payload: JSON (`Control`). */
  control: 4,
} as const;

/** Record kinds from the isolate to Janus. */
export const Up = {
  /** Sockets are bound; payload: JSON (`Ready`). */
  ready: 16,
  /** The isolate cannot start; payload: the reason, one line of text. */
  failed: 17,
  /** A log line; flags: Janus's level; payload: text. */
  log: 18,
  /** A peer is seen for the first time; payload: JSON that a new isolate gets back. */
  peerOpened: 19,
  /** A peer is gone for good. */
  peerGone: 20,
  /** A request of a peer; payload: JSON text. */
  request: 21,
  /** An event of the transport's own for Janus's event handlers; payload: JSON. */
  notify: 22,
  /** What is known of a peer has changed; payload as in peerOpened. */
  peerChanged: 23,
} as const;

/** Filler up to the end of a ring. */
export const SKIP = 0xffff;

/** Flags of every record that has a peer. */
export const Flag = {
  /** Admin API rather than Janus API. */
  admin: 1,
} as const;

/** Further flags of `session`: what happened to it. */
export const SessionFlag = { created: 2, over: 4, timeout: 8, claimed: 16 } as const;

/** Flags of `failed`. */
export const FailedFlag = {
  /** Not an error: the configuration says `enabled = false`. */
  disabled: 1,
} as const;
