/** What `doctor` says of one thing. */
import type { Requirement } from "./packages.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly group:
    | "To build"
    | "To run"
    | "To test"
    | "Ports"
    | "Installed for the system's Janus"
    | "Stream";
  readonly name: string;
  /**
   * `missing`: the plugins can't be built or run. `warning`: they can, but something may go wrong.
   * `note`: worth knowing only.
   */
  readonly status: "ok" | "missing" | "warning" | "note";
  readonly detail: string;
  /** Whose packages would bring it. */
  readonly requires?: Requirement;
  /** A line to type, or what to do, if no package does it. */
  readonly remedy?: string;
}
