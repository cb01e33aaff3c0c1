/** What Janus's admin may change while a plugin runs, as the stub checks it. @module */
import { EVENT_LABELS } from "../janus/event_types.ts";
import type { Group } from "./config/keys.ts";

/** One setting, in the form of `ffi/stub/control.h`. */
export type Controllable =
  | { readonly type: "boolean" }
  | {
    readonly type: "integer";
    readonly min: number;
    readonly max: number;
    /** Present if true and false are allowed, too. */
    readonly switch?: number;
  }
  | { readonly type: "enum"; readonly values: readonly string[] }
  | {
    /** Some of the values, separated by commas; or one of those that stand alone. */
    readonly type: "labels";
    readonly values: readonly string[];
    readonly alone: readonly string[];
  }
  | { readonly type: "group"; readonly keys: Readonly<Record<string, Controllable>> };

/** Describes some keys of a group of the schema; a group among them with all its keys. */
export function controllable(
  { keys }: Group,
  names: readonly string[],
): Record<string, Controllable> {
  return Object.fromEntries(names.map((name) => [name, describe(keys[name]!)]));
}

function describe(key: Group["keys"][string]): Controllable {
  switch (key.type) {
    case "boolean":
      return { type: "boolean" };
    case "integer":
      return {
        type: "integer",
        min: key.min,
        max: key.max,
        ...(key.switch === undefined ? {} : { switch: key.switch }),
      };
    case "events":
      return { type: "labels", values: EVENT_LABELS, alone: ["all", "none"] };
    case "enum":
      return { type: "enum", values: key.values };
    case "group":
      return { type: "group", keys: controllable(key, Object.keys(key.keys)) };
    default:
      throw new TypeError(`Cannot let a key of type ${key.type} be changed at run time`);
  }
}
