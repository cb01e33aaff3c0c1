/**
 * What the stub (C, in Janus) and the plugin's process (TypeScript) agree on: descriptors, ring
 * geometry, the records that every plugin has. `ffi/stub/layout.gen.h` is generated from this file
 * (`deno task generate`).
 *
 * @module
 */

/** Raised whenever anything in this file changes its meaning. Checked when the process attaches. */
export const ABI_VERSION = 5;

/** The descriptors that the stub gives to the process, beside 0 (null), 1 and 2 (log pipes). */
export const Fd = {
  /** The shared memory: header, status page, both rings. */
  memory: 3,
  /** eventfd: something for the process (down ring filled, up ring has room again, stop). */
  wakeChild: 4,
  /** eventfd: something for Janus (up ring filled). */
  wakeJanus: 5,
  /** Read end of a pipe whose other end dies with Janus. */
  lifeline: 6,
  /** The bundled program, sealed. */
  program: 7,
  /** The plugin's own file, which holds the C functions in `native.ts`. */
  library: 8,
  /** What the process must know at its start, as JSON (`Boot`). */
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
 * What process and supervisor say of companions: a word each of `struct jz_companion_word`, with the
 * companion's number.
 */
export const Companion = {
  /** Process: start one that runs operators' modules. */
  start: 1,
  /** Process: end it at once. */
  kill: 2,
  /** Supervisor: it runs; its socket comes along. */
  started: 3,
  /** Supervisor: it has ended; text: how. */
  ended: 4,
  /** Process: start the one that stores events. */
  startStream: 5,
} as const;

/** Exit codes of the process. */
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
  /** JSON text that the process keeps for Janus's admin: see `Link.writeStatus`. */
  statusPage: 65536,
  /** Counters (number of 64-bit floats) that outlive the process. */
  counters: 384,
  /** A word about a companion, and the text in it. */
  companionWord: 136,
  companionText: 128,
  /** The longest name before a record's text; others are left out. */
  name: 255,
  /** A record may take at most 1/recordShare of its ring, so that two always fit. */
  recordShare: 2,
  /** The up ring is 1/upShare of `runtime.ring_size`, which is the down ring's size. */
  upShare: 4,
} as const;

/** Record kinds from Janus that every plugin has. Those from 32 on are a plugin's own: see its `records.ts`. */
export const Down = {
  /** A record that was taken out, as the process ended twice while it handled it. */
  nothing: 0,
  /** What Janus's admin wants changed; payload: JSON. */
  control: 1,
} as const;

/** Record kinds to Janus that every plugin has; the same for the others. */
export const Up = {
  /** All is bound; payload: JSON that the plugin's C knows. */
  ready: 16,
  /** The process cannot start; payload: the reason, one line of text. */
  failed: 17,
  /** A log line; flags: Janus's level; payload: text. */
  log: 18,
} as const;

/** A bit of a kind: the payload begins with a name, `flags` bytes long, and text stands behind it. */
export const NAMED = 0x100;

/** Filler up to the end of a ring. */
export const SKIP = 0xffff;

/** Flags of `failed`. */
export const FailedFlag = {
  /** Not an error: the configuration says `enabled = false`. */
  disabled: 1,
} as const;
