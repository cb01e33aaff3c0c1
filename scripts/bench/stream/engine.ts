/** What stores events, and lets them be consumed. */

/** What was stored in some time, as the engine has it. */
export interface Stored {
  readonly messages: number;
  /** Messages a second from the first to the last, by its own clock. */
  readonly rate: number;
}

/** Running, with a stream and nothing else. */
export interface Engine extends AsyncDisposable {
  readonly pid: number;
  /** Where it listens, as `host:port`. */
  readonly address: string;
  /** What its consumer is told. */
  readonly consumer: string;
  /** Begins to count. @returns what says how much was stored since; undefined if it can't tell */
  count(): Promise<(() => Promise<Stored>) | undefined>;
  /** Removes what was stored, where that can be. */
  purge(): Promise<void>;
}
