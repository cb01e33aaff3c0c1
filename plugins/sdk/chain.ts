/** What chains of filters and of hooks have in common. @module */
import { parseJson, stringifyJson } from "../janus/json.ts";

/** What one item may become, in UTF-16 units: messages count `MESSAGE` besides their text and topic. */
export const MAX_TEXT = 1_300_000;
export const MESSAGE = 16;

/** A filter gave no answer: it will do the same at each such event, so it is said once. */
export class NoAnswerError extends TypeError {
  override name = "NoAnswerError";
  readonly #mark = true;

  constructor(filter: string) {
    super(
      `filter() of ${filter} returned undefined, as if a return was forgotten: return the event to` +
        " pass it on, null to drop it",
    );
  }

  /** True for one: `instanceof` would ask a proxy that a filter throws. */
  static is(error: unknown): error is NoAnswerError {
    return typeof error === "object" && error !== null && #mark in error;
  }
}

/** Who runs a chain is told of each call of a module. Modules have numbers below 31. */
export interface Calls {
  /** A module is about to be called. */
  begin(module: number): void;
  /** It has returned. @param passed how many messages it passed on */
  end(passed: number): void;
  /** It, or what it made of the item, is no good. What is thrown here ends the item's way. */
  fail(module: number, error: unknown): void;
  /** The chain goes on once this is settled; null for at once. */
  pause(): Promise<void> | null;
}

/** Writes an object as JSON. @throws {TypeError} for what does not become one */
export function writeObject(value: object, indent = 0): string {
  const text: string | undefined = stringifyJson(value, indent);
  if (text === undefined || text[0] !== "{") {
    throw new TypeError("Cannot publish what does not become a JSON object");
  }
  return text;
}

/** Reads what {@linkcode writeObject} has written. */
export function readObject(text: string): object {
  return parseJson(text) as object;
}

/** True for what JSON has in braces. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
