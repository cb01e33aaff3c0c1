/**
 * What a key of the configuration can be, and the TypeScript type that follows from it.
 *
 * A group holds keys and further groups, to any depth; sections are groups too. A map holds groups
 * of one shape under names that the operator chooses. A new kind of key is one more member of
 * {@linkcode Key}, one case in {@linkcode allowed} and {@linkcode ValueOf}, and one reader in
 * `values.ts`.
 */
import type { FORMS } from "./forms.ts";

interface KeyBase {
  /** A value that is refused is not shown: it may be the secret itself, where its file belongs. */
  readonly secret?: true;
  /** What the key means for the operator: one line, a whole sentence, no default or range in it. */
  readonly doc: string;
  /** Janus's admin may change it at run time; `unless`: not while that boolean of the same group is true. */
  readonly live?: true | { readonly unless: string };
}

export interface BooleanKey extends KeyBase {
  readonly type: "boolean";
  readonly default: boolean;
}

/** Text. It may be empty if that is the default. */
export interface StringKey extends KeyBase {
  readonly type: "string";
  readonly default: string;
  /** What it must look like, unless it is empty. */
  readonly form?: keyof typeof FORMS;
}

export interface IntegerKey extends KeyBase {
  readonly type: "integer";
  readonly default: number;
  /** Both inclusive. */
  readonly min: number;
  readonly max: number;
  /** If it may be true or false as well: what true stands for. False is 0. */
  readonly switch?: number;
  /** The unit's name as documentation shows it. */
  readonly unit?: "bytes" | "MiB" | "s" | "ms";
}

export interface EnumKey extends KeyBase {
  readonly type: "enum";
  readonly default: string;
  readonly values: readonly string[];
}

/** Where a socket is; see `endpoint.ts` for its forms. */
export interface EndpointKey extends KeyBase {
  readonly type: "endpoint";
  readonly default: string;
  /** The keys of the same group that hold its TCP port and that switch it on. */
  readonly port: string;
  readonly enabled: string;
  /** The keys of the same group that hold its mode, and the endpoints that replace it. */
  readonly mode: string;
  readonly endpoints: string;
}

/** A list of texts; operators may also write them as one text with commas. */
export interface ListKey extends KeyBase {
  readonly type: "list";
  readonly default: readonly string[];
  /** It must not be empty. */
  readonly nonempty?: true;
  /** What is in the list, in one or two words: "plugins". */
  readonly items: string;
  /** The words that may be in it, if only those. */
  readonly values?: readonly string[];
  /** What each item must look like. */
  readonly form?: keyof typeof FORMS;
}

/** A mask of Janus's event types; its value is the number that Janus uses. */
export interface EventsKey extends KeyBase {
  readonly type: "events";
  /** In words, as an operator would write it. */
  readonly default: string;
}

export type Key =
  | BooleanKey
  | StringKey
  | IntegerKey
  | EnumKey
  | ListKey
  | EndpointKey
  | EventsKey;

/** Groups of one shape, each under a name of the operator's. Its value is a Map by name. */
export interface GroupMap {
  readonly type: "map";
  /** As a group's. */
  readonly doc: string;
  /** What a name must look like, and that in words. */
  readonly names: RegExp;
  readonly names_doc: string;
  readonly of: Group;
}

export interface Group {
  readonly type: "group";
  /** What the group is about: whole sentences, shown above it in the samples. */
  readonly doc: string;
  /** Whether the samples show its keys commented out, as things that few need to change. */
  readonly rarely_changed?: boolean;
  /** Janus's admin may change all that is in it at run time. */
  readonly live?: true;
  readonly keys: { readonly [name: string]: Key | Group | GroupMap };
}

/** The type of a checked value. */
export type ValueOf<K> = K extends { readonly type: "boolean" } ? boolean
  : K extends { readonly type: "integer" | "events" } ? number
  : K extends { readonly type: "enum"; readonly values: readonly (infer V)[] } ? V
  : K extends { readonly type: "list"; readonly values: readonly (infer V)[] } ? readonly V[]
  : K extends { readonly type: "list" } ? readonly string[]
  : K extends { readonly type: "map"; readonly of: infer G } ? ReadonlyMap<string, ValueOf<G>>
  : K extends { readonly type: "group"; readonly keys: infer G }
    ? { readonly [Name in keyof G]: ValueOf<G[Name]> }
  : string;

/** `"compact", "plain" or "indented"`. */
export function orList(values: readonly string[]): string {
  const quoted = values.map((value) => JSON.stringify(value));
  return quoted.length < 2
    ? quoted.join("")
    : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** A key with its full path, `general.port`; `live` as the key or a group around it has it. */
export interface PathedKey {
  readonly path: string;
  readonly key: Key;
  readonly live: KeyBase["live"];
}

/** What stands in a path for a name of the operator's. */
export const ANY_NAME = "NAME";

/** Every key below a group, in the order of the table. */
export function allKeys(group: Group, prefix = "", live = group.live): PathedKey[] {
  return Object.entries(group.keys).flatMap(([name, key]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (key.type === "map") return allKeys(key.of, `${path}.${ANY_NAME}`);
    if (key.type === "group") return allKeys(key, path, live ?? key.live);
    return [{ path, key, live: key.live ?? live }];
  });
}
