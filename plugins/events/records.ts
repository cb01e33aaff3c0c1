/**
 * The records between Janus and the event handler, beside those that every plugin has. C has them
 * from the generated `ffi/stub/events.gen.h`.
 *
 * @module
 */
import { Down as BridgeDown, NAMED } from "../../ffi/bridge/layout.ts";

/** Kinds from Janus. The event handler's own are those from 64 to 95; it sends none of its own. */
export const Down = {
  ...BridgeDown,
  /**
   * An event, type and subtype as Janus numbers them; payload: the name of the plugin or transport
   * that it is of, then JSON text.
   */
  event: NAMED | 64,
} as const;
