/** What events have in common. @module */
import type { JanusId } from "./ids.ts";

/** What all events have. */
export interface EventFields {
  /** `server_name` of the Janus that it is from. */
  readonly emitter: string;
  /** Microseconds of the wall clock. */
  readonly timestamp: number;
}

/** What events of a handle have. */
export interface HandleFields extends EventFields {
  /** The session. */
  readonly session_id: JanusId;
  /** The handle. */
  readonly handle_id: JanusId;
  /** What the handle was attached with. */
  readonly opaque_id?: string;
}
