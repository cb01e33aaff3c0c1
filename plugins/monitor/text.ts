/** Texts that others choose, cut to a length that can be kept. @module */
import { MAX_TEXT } from "./limits.ts";
import { isPlausible } from "./plausible.ts";

/** Controls, what turns the direction of the text around it, and what is invisible. */
const UNSEEN =
  // deno-lint-ignore no-control-regex -- exactly those
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** A text in which such characters can be seen, as on the page. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (one) => {
    const code = one.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return `⟨${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

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

/** A number that can be, or 0. */
export function numberOf(value: unknown): number {
  return typeof value === "number" && isPlausible(value) ? value : 0;
}

/** A member of an object of JSON; undefined if it has none, or is no object. */
export function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
