/** What an event handler in the comparison is: how Janus is told of it, and what subscribes to it. */
import type { JcfgSettings } from "../../private_janus/config.ts";
import type { BrokerKey } from "../frame/brokers.ts";
import type { Candidate } from "../frame/contestants.ts";
import type { LoadKey } from "./loads.ts";

/** What each is called here. */
export type Key =
  | "zeromq"
  | "filter"
  | "filters"
  | "native"
  | "direct"
  | "nanomsg"
  | "nanomsg-grouped"
  | "websockets"
  | "rabbitmq"
  | "mqtt"
  | "null";

/** What Janus must read for a handler, and where its subscriber connects or listens. */
export interface Place {
  /** Nothing where nobody can subscribe. */
  readonly address?: string;
  /** Changes to the configuration of ours. */
  readonly settings?: JcfgSettings;
  /** Configurations of the others, by file name. */
  readonly files?: Readonly<Record<string, JcfgSettings>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A handler that Janus can load. */
export interface Handler extends Candidate {
  /** Where its library comes from: it is this project's, this benchmark's, or Janus's. */
  readonly origin: "ours" | "bench" | "stock";
  /** `libjanus_<library>.so`. */
  readonly library: string;
}

/** A handler in the comparison. */
export interface Contestant extends Handler {
  readonly key: Key;
  /** `subscriber_<backend>.c` takes its events. */
  readonly backend?: string;
  /** What stands between it and its subscriber. */
  readonly broker?: BrokerKey;
  /** How many TypeScript filters every event passes. */
  readonly filters: number;
  /** What it is measured under; everything without. */
  readonly loads?: readonly LoadKey[];
  /** True where it is measured just started, too: it listens itself, for subscribers to connect. */
  readonly fresh?: true;
  /**
   * @param port where the handler listens, or its broker, or its subscriber
   * @param filters files of filters, as many as are wanted
   */
  place(port: number, filters: readonly string[]): Place;
}
