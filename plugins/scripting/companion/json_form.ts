/** Writes JSON in the form that `general.json` asks for, as Janus writes it. @module */
import { hasLongInteger, stringifyJson } from "../../janus/json.ts";
import type { JsonForm } from "../protocol.ts";

/** Janus indents by this many blanks. */
const INDENT = 3;

/** A writer of JSON. It throws a TypeError for what cannot be written. */
export function jsonWriter(form: JsonForm): (value: object) => string {
  switch (form) {
    case "compact":
      return (value) => written(value, 0);
    case "indented":
      return (value) => written(value, INDENT);
    case "plain":
      // A line's end is only ever between two tokens.
      return (value) => written(value, 1).replace(/,\n */g, ", ").replace(/\n */g, "");
  }
}

function written(value: object, indent: number): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, undefined, indent);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    text = stringifyJson(value, indent); // a bigint, or what cannot be written at all
  }
  // A real that looks like an integer is to stay one that Janus reads.
  if (text !== undefined && hasLongInteger(text)) text = stringifyJson(value, indent);
  if (text === undefined || text[0] !== "{") {
    throw new TypeError("Cannot publish what does not become a JSON object");
  }
  return text;
}
