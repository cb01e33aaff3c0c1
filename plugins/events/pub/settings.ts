/** What the PUB sink is told by its configuration, and by Janus's admin later. @module */

/** Read anew whenever it counts: some of it may change at run time. */
export interface PubSettings {
  /** A topic in a frame of its own before the JSON. */
  readonly topics: boolean;
  /** The number of the event in a last frame. */
  readonly sequence: boolean;
  /** How many events go into one message; less than 2 for one by itself, and not as an array. */
  readonly grouping: number;
  /** How long (ms) an event waits for others to be grouped with. */
  readonly grouping_linger: number;
  readonly queue: {
    /** Whether events wait for a subscriber that does not keep up. */
    readonly policy: "wait" | "drop";
    /** How long (ms) at most. */
    readonly max_wait: number;
  };
}
