/** What both APIs have in common. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { Log } from "../janus/log.ts";
import type { Drops } from "./drops.ts";
import type { HookQueues } from "./hooking.ts";
import type { Budget } from "./outbox.ts";
import type { SessionTable } from "./sessions.ts";
import type { TransportSettings } from "./settings.ts";
import type { Uplink } from "./uplink.ts";

/** What the objects of an API are given, besides each other. */
export interface Shared {
  readonly link: Link;
  readonly log: Log;
  readonly settings: TransportSettings;
  readonly uplink: Uplink;
  readonly sessions: SessionTable;
  /** Null without hooks. */
  readonly hooking: HookQueues | null;
  readonly drops: Drops;
  readonly budget: Budget;
}
