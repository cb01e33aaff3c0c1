/** Writes JSON in the form that `general.json` asks for, as Janus writes it. @module */
import { stringifyJson } from "../../janus/json.ts";
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
  const text: string | undefined = stringifyJson(value, indent);
  if (text === undefined || text[0] !== "{") {
    throw new TypeError("Cannot publish what does not become a JSON object");
  }
  return text;
}
