/** What filter:try and the worker that has the filters tell each other. */
import type { LoggedLine } from "../../plugins/sdk/test_modules.ts";

/** A filter, and what it gets, in words. */
export interface LoadedFilter {
  readonly name: string;
  readonly gets: string;
}

/** To the worker. */
export type ToWorker =
  | { readonly kind: "load" }
  | { readonly kind: "event"; readonly text: string }
  | { readonly kind: "end" };

/** An error of a filter's. */
export interface FilterError {
  /** The filter's name, or its module. */
  readonly filter: string;
  /** Such as `TypeError: it is not a function`. */
  readonly message: string;
  /** Where, the innermost first: `file:///...:line:column`. */
  readonly places: readonly string[];
}

/** What became of an event. */
export interface FilterOutcome {
  /** False if no filter wants it. */
  readonly wanted: boolean;
  /** JSON texts, with the topics that filters set. */
  readonly passed: readonly { readonly text: string; readonly topic: string | undefined }[];
  readonly errors: readonly FilterError[];
  /** Time in the filters. */
  readonly microseconds: number;
}

/** From the worker. */
export type FromWorker =
  | { readonly kind: "loaded"; readonly filters: readonly LoadedFilter[] }
  | { readonly kind: "failed"; readonly error: FilterError }
  | { readonly kind: "log"; readonly filter: string; readonly line: LoggedLine }
  | ({ readonly kind: "outcome" } & FilterOutcome)
  | { readonly kind: "ended" };
