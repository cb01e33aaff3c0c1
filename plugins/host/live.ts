/** Settings that Janus's admin may change while a plugin runs: what the schema calls `live`. @module */
import { EVENT_LABELS } from "../janus/event_types.ts";
import { eventLabels } from "./config/event_mask.ts";
import type { Group, GroupMap, Key, ValueOf } from "./config/keys.ts";
import { type ConfigOf, type PluginKind, SCHEMAS } from "./config/schema.ts";
import { readValue } from "./config/values.ts";

/** One setting, in the form of `ffi/stub/control.h`, which checks what is to be changed. */
export type LiveSetting =
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
  | { readonly type: "group"; readonly keys: Readonly<Record<string, LiveSetting>> };

/** What the schema says of a plugin's sections. */
type Sections<K extends PluginKind> = (typeof SCHEMAS)[K]["keys"];

/** The section `general` and the live groups: some of `general` stays as it is. */
export type LiveValues<K extends PluginKind> =
  & ValueOf<Sections<K>["general"]>
  & {
    readonly [N in keyof Sections<K> as Sections<K>[N] extends { readonly live: true } ? N : never]:
      ValueOf<Sections<K>[N]>;
  };

type Values = Record<string, unknown>;

/** What Janus's admin wants changed; modules are switched on and off by their names. */
export type Changes = Readonly<Values> & {
  readonly filters?: Readonly<Record<string, boolean>>;
  readonly hooks?: Readonly<Record<string, boolean>>;
  readonly stream?: { readonly enabled?: boolean };
};

type Named = readonly [name: string, key: Key | Group | GroupMap];

/** The live settings of a plugin: those of `general` by their own names, groups by theirs. */
export class LiveSettings<K extends PluginKind> {
  /** Read anew whenever they count. */
  readonly values: LiveValues<K>;
  readonly #keys: readonly Named[];

  constructor(kind: K, config: ConfigOf<K>) {
    const { general, ...sections }: Readonly<Record<string, Values>> = config;
    this.#keys = liveKeys(SCHEMAS[kind], general!);
    const groups = this.#keys.filter(([, { type }]) => type === "group")
      .map(([name]) => [name, { ...sections[name] }]);
    // Chosen from the schema by the same rule as the type.
    this.values = { ...general, ...Object.fromEntries(groups) } as LiveValues<K>;
  }

  /** Changes what is named, and leaves the rest. The stub has checked it. */
  apply(changes: Changes): void {
    apply(this.#keys, this.values, changes);
  }

  /** What may be changed, for the stub. */
  describe(): Record<string, LiveSetting> {
    return describeAll(this.#keys);
  }

  /** The values as `info` shows them. */
  show(): Values {
    return Object.fromEntries(this.#keys.map(([name, key]) => {
      const value = (this.values as Values)[name];
      return [name, key.type === "events" ? eventLabels(value as number) : value];
    }));
  }
}

function liveKeys(schema: Group, general: Readonly<Values>): Named[] {
  const isLive = ({ live }: Key | Group) =>
    live === true || (live !== undefined && general[live.unless] !== true);
  const top = schema.keys.general!;
  const own = top.type === "group" ? Object.entries(top.keys) : [];
  return [...own, ...Object.entries(schema.keys)]
    .filter(([, key]) => key.type !== "map" && isLive(key));
}

function apply(keys: readonly Named[], values: Values, changes: Readonly<Values>): void {
  for (const [name, key] of keys) {
    const change = changes[name];
    if (change === undefined || key.type === "map") continue;
    if (key.type === "group") {
      apply(Object.entries(key.keys), values[name] as Values, change as Values);
    } else {
      const value = change as string | number | boolean;
      const read = readValue(key, { kind: "scalar", value, typed: true, at: null });
      if ("value" in read) values[name] = read.value;
    }
  }
}

function describeAll(keys: readonly Named[]): Record<string, LiveSetting> {
  return Object.fromEntries(keys.map(([name, key]) => [name, describe(key)]));
}

/** Describes a key as the stub checks it. */
export function describe(key: Key | Group | GroupMap): LiveSetting {
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
      return { type: "group", keys: describeAll(Object.entries(key.keys)) };
    default:
      throw new TypeError(`Cannot let a key of type ${key.type} be changed at run time`);
  }
}
