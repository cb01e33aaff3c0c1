/** What Janus's admin may change while a plugin runs, as the stub checks it. @module */
import type { Group } from "./config/keys.ts";

/** One setting, in the form of `ffi/stub/control.h`. */
export type Controllable =
  | { readonly type: "boolean" }
  | { readonly type: "integer"; readonly min: number; readonly max: number }
  | { readonly type: "enum"; readonly values: readonly string[] }
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
      return { type: "integer", min: key.min, max: key.max };
    case "enum":
      return { type: "enum", values: key.values };
    case "group":
      return { type: "group", keys: controllable(key, Object.keys(key.keys)) };
    default:
      throw new TypeError(`Cannot let a key of type ${key.type} be changed at run time`);
  }
}
