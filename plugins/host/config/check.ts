/**
 * Checks a tree of nodes against a schema: a walk that collects every problem and warning rather
 * than stop at the first, and puts defaults where nothing, or nothing usable, was given.
 */
import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { ADDRESS_FORMS, parseAddress } from "./endpoint.ts";
import { EVENT_MASK_FORMS, parseEventMask } from "./event_mask.ts";
import { FORMS } from "./forms.ts";
import {
  allKeys,
  type EventsKey,
  type Group,
  type GroupMap,
  type IntegerKey,
  type Key,
  type ListKey,
  orList,
  type ValueOf,
} from "./keys.ts";
import type { Entry, Node, Position } from "./source.ts";

/** What was found in a configuration. */
export class Findings {
  /** What makes the configuration unusable; one line each. */
  readonly problems: string[] = [];
  /** What does no harm; one line each. */
  readonly warnings: string[] = [];
  readonly #file: string;
  readonly #given = new Map<string, Position | null>();
  readonly #failed = new Set<string>();

  /** `file` is what lines begin with. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Adds a problem of one key; `path` is the key's, `general.port`, or empty for the whole. */
  fail(path: string, at: Position | null, text: string): void {
    this.#failed.add(path);
    this.problems.push(this.#line(path, at, text));
  }

  warn(path: string, at: Position | null, text: string): void {
    this.warnings.push(this.#line(path, at, text));
  }

  /** Notes that a key was given, at a place. */
  give(path: string, at: Position | null): void {
    this.#given.set(path, at);
  }

  /** Whether a key was given, rather than left to its default. */
  isGiven(path: string): boolean {
    return this.#given.has(path);
  }

  /** Where a key was given, if that is known. */
  placeOf(path: string): Position | null {
    return this.#given.get(path) ?? null;
  }

  /** Whether a key has a problem, so that its value is only the default. */
  hasFailed(path: string): boolean {
    return this.#failed.has(path);
  }

  #line(path: string, at: Position | null, text: string): string {
    const place = at === null ? this.#file : `${this.#file}:${at.line}:${at.column}`;
    return path === "" ? `${place}: ${text}` : `${place}: ${path}: ${text}`;
  }
}

/** Checks a whole configuration; null stands for one that says nothing. */
export function checkRoot<G extends Group>(
  schema: G,
  root: Node | null,
  findings: Findings,
): ValueOf<G> {
  // The walk is over the table's own shape, which is what ValueOf describes.
  return new Walk(schema, findings).group(schema, root, "") as ValueOf<G>;
}

type Value = boolean | number | string | readonly string[];
interface Values {
  [name: string]: Value | Values | ReadonlyMap<string, Values>;
}

/** So many letters may be wrong in a name for it to be taken for one that guards. */
const SLIPS = 2;

/** Names of all that guards, at any depth. */
function guardingNames({ keys, guards }: Group): string[] {
  return Object.entries(keys).flatMap(([name, key]) => {
    const inner = key.type === "map" ? key.of : key.type === "group" ? key : null;
    const guarding = guards === true || ("guards" in key && key.guards === true);
    return [...guarding ? [name] : [], ...inner === null ? [] : guardingNames(inner)];
  });
}

class Walk {
  readonly #findings: Findings;
  readonly #all_paths: readonly string[];
  readonly #guarding: ReadonlySet<string>;

  constructor(schema: Group, findings: Findings) {
    this.#findings = findings;
    this.#all_paths = allKeys(schema).map(({ path }) => path);
    this.#guarding = new Set(guardingNames(schema));
  }

  group(group: Group, node: Node | null, path: string): Values {
    const given = new Map<string, Node>();
    if (node !== null && node.kind !== "group") {
      this.#findings.fail(path, node.at, `${show(node)} stands where a group { ... } belongs`);
    } else {
      for (const entry of node?.entries ?? []) {
        if (Object.hasOwn(group.keys, entry.name)) given.set(entry.name, entry.node);
        else this.#unknown(group, entry, path);
      }
    }
    const values: Values = {};
    for (const [name, key] of Object.entries(group.keys)) {
      const below = given.get(name) ?? null;
      const key_path = join(path, name);
      values[name] = key.type === "group"
        ? this.group(key, below, key_path)
        : key.type === "map"
        ? this.#map(key, below, key_path)
        : this.#key(key, below, key_path);
    }
    return values;
  }

  #map(map: GroupMap, node: Node | null, path: string): ReadonlyMap<string, Values> {
    const values = new Map<string, Values>();
    if (node === null) return values;
    if (node.kind !== "group") {
      this.#findings.fail(path, node.at, `${show(node)} stands where a group { ... } belongs`);
      return values;
    }
    for (const { name, at, node: below } of node.entries) {
      const below_path = join(path, name);
      if (map.names.test(name)) values.set(name, this.group(map.of, below, below_path));
      else this.#findings.fail(below_path, at, `no such name is possible: ${map.names_doc}`);
    }
    return values;
  }

  #key(key: Key, node: Node | null, path: string): Value {
    const fallback = defaultValue(key);
    if (node === null) return fallback;
    this.#findings.give(path, node.at);
    const read = readValue(key, node);
    if ("value" in read) return read.value;
    for (const fault of read.faults) this.#findings.fail(path, node.at, fault);
    return fallback;
  }

  /** The name may be mistyped, or stand in the wrong group. What may have been to guard must not be lost. */
  #unknown(group: Group, { name, at, node }: Entry, path: string): void {
    const what = node.kind === "group" ? "section" : "key";
    if (Object.hasOwn(group.former ?? {}, name)) {
      const text = `there is no such ${what} any more, ignored: ${group.former![name]}`;
      return void this.#findings.warn(join(path, name), at, text);
    }
    const elsewhere = this.#all_paths.filter((known) => known.split(".").at(-1) === name);
    const nearest = elsewhere.length > 0
      ? elsewhere.join(" or ")
      : join(path, closestString(name, Object.keys(group.keys)));
    if (group.guards === true || this.#mayGuard(group, name)) {
      this.#findings.fail(
        join(path, name),
        at,
        `unknown ${what}; the nearest known one is ${nearest}`,
      );
    } else {
      const text = `unknown ${what}, ignored; the nearest known one is ${nearest}`;
      this.#findings.warn(join(path, name), at, text);
    }
  }

  #mayGuard(group: Group, name: string): boolean {
    const meant = name.toLowerCase(); // Janus's parser takes `ALLOW` for another `allow`, and drops the first
    if (this.#guarding.has(meant) || Object.hasOwn(group.keys, meant)) return true;
    return Object.keys(group.keys).some((known) =>
      this.#guarding.has(known) && levenshteinDistance(known, meant) <= SLIPS
    );
  }
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** The value of a key that was not given. */
function defaultValue(key: Key): Value {
  if (key.type !== "events") return key.default;
  const read = parseEventMask(key.default);
  if ("mask" in read) return read.mask;
  throw new Error(`Cannot use the default ${JSON.stringify(key.default)}: ${read.faults.join()}`);
}

type Read = { readonly value: Value } | { readonly faults: readonly string[] };

function readValue(key: Key, node: Node): Read {
  if (key.type === "events") return readEvents(key, node);
  if (key.type === "list") return readList(key, node);
  const value = node.kind === "scalar" ? node.value : null;
  // Janus gives "" or nothing for the same thing, depending on its version.
  if (node.kind === "scalar" && (value === null || value === "")) {
    if (key.type === "string" && key.default === "") return { value: "" };
    return { faults: [`is empty: ${allowed(key)}; remove the line for the default`] };
  }
  const wrong: Read = { faults: [`${show(node)} is not allowed: ${allowed(key)}`] };
  if (node.kind !== "scalar") return wrong;
  switch (key.type) {
    case "boolean": {
      const boolean = readBoolean(node.value);
      return boolean === null ? wrong : { value: boolean };
    }
    case "integer":
      return readInteger(key, node) ?? wrong;
    case "string": {
      const fits = typeof value === "string" &&
        (key.form === undefined || FORMS[key.form].accepts(value));
      return fits ? { value } : wrong;
    }
    case "enum": {
      if (typeof value !== "string") return wrong;
      const found = key.values.find((known) => known === value.toLowerCase());
      return found === undefined ? wrong : { value: found };
    }
    case "endpoint": {
      if (typeof value !== "string") return wrong;
      const read = parseAddress(value);
      // Which of the two it has to be is for those to say who know the mode.
      const fits = "address" in read || "address" in parseAddress(value, "connect");
      return fits ? { value } : { faults: [`${show(node)} ${read.fault}`] };
    }
  }
}

/** As `janus_is_true` takes them, and "on"; but what it would take for false by default is null. */
function readBoolean(value: string | number | boolean | null): boolean | null {
  switch (typeof value === "string" ? value.toLowerCase() : value) {
    case true:
    case 1:
    case "true":
    case "yes":
    case "on":
    case "1":
      return true;
    case false:
    case 0:
    case "false":
    case "no":
    case "off":
    case "0":
      return false;
    default:
      return null;
  }
}

function readInteger(key: IntegerKey, node: Node & { kind: "scalar" }): Read | null {
  if (key.switch !== undefined && !/^[01]$/.test(String(node.value))) {
    const on = readBoolean(node.value);
    if (on !== null) return { value: on ? key.switch : 0 };
  }
  const is_text = !node.typed && typeof node.value === "string";
  const number = is_text && /^[+-]?\d+$/.test(String(node.value)) ? Number(node.value) : node.value;
  if (typeof number !== "number" || !Number.isInteger(number)) return null;
  return number >= key.min && number <= key.max
    ? { value: number }
    : { faults: [`${show(node)} is out of range: ${allowed(key)}`] };
}

function readList(key: ListKey, node: Node): Read {
  const wrong = (item: Node) => `${show(item)} is not allowed: ${allowed(key)}`;
  if (node.kind === "group") return { faults: [wrong(node)] };
  const items = node.kind === "list" ? node.items : splitText(node);
  const value: string[] = [];
  const faults: string[] = [];
  for (const item of items) {
    const text = item.kind === "scalar" && typeof item.value === "string" ? item.value.trim() : "";
    const fits = text !== "" && (key.values?.includes(text) ?? true) &&
      (key.form === undefined || FORMS[key.form].accepts(text));
    if (fits) value.push(text);
    else faults.push(wrong(item));
  }
  return faults.length > 0 ? { faults } : { value };
}

/** One text with commas is as good as a list; an empty one is an empty list. */
function splitText(node: Node & { kind: "scalar" }): readonly Node[] {
  if (node.value === null || node.value === "") return [];
  if (typeof node.value !== "string") return [node];
  return node.value.split(",").map((text) => ({ ...node, value: text.trim() }));
}

function readEvents(key: EventsKey, node: Node): Read {
  const wrong: Read = { faults: [`${show(node)} is not allowed: ${allowed(key)}`] };
  if (node.kind === "group") return wrong;
  let source: string | string[];
  if (node.kind === "list") {
    source = [];
    for (const item of node.items) {
      if (item.kind !== "scalar" || typeof item.value !== "string") {
        return { faults: [`${show(item)} is not allowed in the list: ${allowed(key)}`] };
      }
      source.push(item.value);
    }
  } else if (node.value === null) source = "";
  else if (typeof node.value === "string") source = node.value;
  else return wrong;
  const read = parseEventMask(source);
  return "mask" in read ? { value: read.mask } : read;
}

/** What a key allows, in words. */
export function allowed(key: Key): string {
  switch (key.type) {
    case "boolean":
      return 'true, "true", "yes", "on" or 1; false, "false", "no", "off" or 0';
    case "string":
      return key.form === undefined ? "text" : FORMS[key.form].words;
    case "list":
      if (key.values !== undefined) return `a list of ${orList(key.values)}`;
      return key.form === undefined
        ? `a list of ${key.items}`
        : `a list, each item ${FORMS[key.form].words}`;
    case "integer": {
      const unit = key.unit === undefined ? "" : ` (${key.unit})`;
      const off = key.switch === undefined ? "" : "false or ";
      return `${off}an integer from ${key.min} to ${key.max}${unit}`;
    }
    case "enum":
      return orList(key.values);
    case "endpoint":
      return `an address such as ${ADDRESS_FORMS}`;
    case "events":
      return EVENT_MASK_FORMS;
  }
}

const MAX_SHOWN = 80;

/** A value as messages show it: in one line, quoted where that tells text from numbers. */
function show(node: Node): string {
  if (node.kind === "group") return "a group";
  if (node.kind === "list") return "a list";
  const looks_bare = !node.typed && /^(?:[+-]?\d+(?:\.\d+)?|true|false)$/.test(String(node.value));
  const text = looks_bare ? String(node.value) : JSON.stringify(node.value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}
