/**
 * Checks a tree of nodes against a schema: a walk that collects every problem and warning rather
 * than stop at the first, and puts defaults where nothing, or nothing usable, was given.
 */
import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { allKeys, type Group, type GroupMap, type Key, type ValueOf } from "./keys.ts";
import type { Entry, Node, Position } from "./source.ts";
import { defaultValue, readValue, show, type Value } from "./values.ts";

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
