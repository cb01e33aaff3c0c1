/** What stores events, and lets them be consumed. */

/** Where a stream's end was. */
export interface StreamEnd {
  /** How many messages it has had so far. */
  readonly messages: number;
}

/** What was stored between two ends. */
export interface Stored {
  readonly messages: number;
  /** Messages a second from the first to the last, by the engine's own clock. */
  readonly rate: number;
}

/** Running, with a stream and nothing else. */
export interface Engine extends AsyncDisposable {
  readonly pid: number;
  /** Where it listens, as `host:port`. */
  readonly address: string;
  /** `subscriber_<backend>.c` consumes the stream, and is told this. */
  readonly consumer: { readonly backend: string; readonly address: string };
  /** The stream's end now. */
  end(): Promise<StreamEnd>;
  /** What was stored since then. */
  storedSince(end: StreamEnd): Promise<Stored>;
  /** Removes what was stored. */
  purge(): Promise<void>;
}
