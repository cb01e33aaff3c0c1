/** Writes JSON in the form that `general.json` asks for, as Janus writes it. @module */
import { writeObject } from "../../sdk/chain.ts";
import type { JsonForm } from "../protocol.ts";

/** Janus indents by this many blanks. */
const INDENT = 3;

/** A writer of JSON. It throws a TypeError for what cannot be written. */
export function jsonWriter(form: JsonForm): (value: object) => string {
  switch (form) {
    case "compact":
      return writeObject;
    case "indented":
      return (value) => writeObject(value, INDENT);
    case "plain":
      // A line's end is only ever between two tokens.
      return (value) => writeObject(value, 1).replace(/,\n */g, ", ").replace(/\n */g, "");
  }
}
