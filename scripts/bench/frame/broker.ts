/** What stands between a handler and those that take its events. */

/** Running, for one contestant alone. */
export interface Broker extends AsyncDisposable {
  readonly pid: number;
  /** Where it listens, as `host:port`. */
  readonly address: string;
}
