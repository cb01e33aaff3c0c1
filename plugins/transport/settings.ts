/** What the transport's behaviour depends on. Some of it can be changed while it runs. @module */

/** Settings of one transport, read anew whenever they count: the schema says what may change at run time. */
export interface TransportSettings {
  /** Whether Janus's event handlers are told of peers that come and go. */
  events: boolean;
  /** Milliseconds that a peer whose connection ended is kept for it to come back. */
  readonly linger: number;
  /** Messages kept for a peer that is away or reads too slowly; then the oldest are dropped. */
  readonly outbox: number;
  readonly limits: TransportLimits;
}

/** What one peer, and all of them, may ask for. */
export interface TransportLimits {
  /** Bytes of a request. */
  max_message_size: number;
  /** Peers of each API. */
  max_peers: number;
  /** Peers on one connection, behind proxies, or of one name. */
  max_peers_each: number;
  /** Requests of a connection, or name, that are not answered yet. */
  max_in_flight: number;
  /** Requests of a connection, or name, in a second, over time; 0 for no limit. */
  max_rate: number;
  /** Requests of a connection, or name, that may come at once. */
  max_burst: number;
}
