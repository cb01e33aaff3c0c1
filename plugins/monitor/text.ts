/** Texts that others choose, cut to a length that can be kept. @module */
import { MAX_TEXT } from "./limits.ts";

/**
 * A text of at most so many characters. It is a text of its own: a part of a long one would hold on to
 * all of that.
 */
export function clip(text: string, most: number = MAX_TEXT): string {
  if (text.length <= most) return text;
  let end = most - 1;
  // Not between the halves of a character.
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last <= 0xdbff) end--;
  return structuredClone(`${text.slice(0, end)}…`);
}

/** The text that a value of JSON is for people, if it is a text or a number; else undefined. */
export function textOf(value: unknown, most: number = MAX_TEXT): string | undefined {
  if (typeof value === "string") return clip(value, most);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return undefined;
}

/** A number, or 0. */
export function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** A member of an object of JSON; undefined if it has none, or is no object. */
export function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
