/** Text of others, as it may be shown. @module */

/**
 * Controls, which would move a terminal's cursor or begin a line, and what turns the direction of text or
 * separates lines without being one. Tabs stay, and what joins letters.
 */
// deno-lint-ignore no-control-regex -- exactly those
const UNSEEN = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The text in one line, without what would make it look like something else. */
export function printable(text: string): string {
  return text.replaceAll(UNSEEN, " ");
}

/**
 * JSON as it may be shown: what {@linkcode printable} would take away stands escaped, so that it means
 * the same to whoever parses it.
 *
 * @param json valid JSON, in lines or not
 */
export function printableJson(json: string): string {
  return json.replaceAll(
    UNSEEN,
    (unit) => unit === "\n" ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
