/**
 * The records between Janus and the transport, beside those that every plugin has. C has them from
 * the generated `ffi/stub/transport.gen.h`.
 *
 * @module
 */
import { Down as BridgeDown, Up as BridgeUp } from "../../ffi/bridge/layout.ts";

/** Kinds from Janus. The transport's own are those from 32 to 63. */
export const Down = {
  ...BridgeDown,
  /** A reply (request is not 0) or an asynchronous message for a peer; payload: JSON text. */
  message: 32,
  /** A Janus session began, ended or moved; no payload, see `SessionFlag`. */
  session: 33,
} as const;

/** Kinds to Janus. */
export const Up = {
  ...BridgeUp,
  /** A peer is seen for the first time; payload: JSON that the next process gets back. */
  peerOpened: 48,
  /** A peer is gone for good. */
  peerGone: 49,
  /** A request of a peer; payload: JSON text. */
  request: 50,
  /** An event of the transport's own for Janus's event handlers; payload: JSON. */
  notify: 51,
  /** What is known of a peer has changed; payload as in peerOpened. */
  peerChanged: 52,
} as const;

/** Flags of every record that has a peer. */
export const Flag = {
  /** Admin API rather than Janus API. */
  admin: 1,
} as const;

/** Further flags of `session`: what happened to it. */
export const SessionFlag = { created: 2, over: 4, timeout: 8, claimed: 16 } as const;
