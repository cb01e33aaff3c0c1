/**
 * Checks a tree of nodes against a schema: a walk that collects every problem and warning rather
 * than stop at the first, and puts defaults where nothing, or nothing usable, was given.
 */
import type { Group, GroupMap, Key, ValueOf } from "./keys.ts";
import { joinPath, type OtherSchema, UnknownNames } from "./unknown_names.ts";
import type { Node, Position } from "./source.ts";
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

/**
 * Checks a whole configuration; null stands for one that says nothing.
 *
 * @param other what a name may be from that the schema does not know
 */
export function checkRoot<G extends Group>(
  schema: G,
  root: Node | null,
  findings: Findings,
  other?: OtherSchema,
): ValueOf<G> {
  const walk = new Walk(findings, new UnknownNames(schema, other));
  // The walk is over the table's own shape, which is what ValueOf describes.
  return walk.group(schema, root, "") as ValueOf<G>;
}

interface Values {
  [name: string]: Value | Values | ReadonlyMap<string, Values>;
}

class Walk {
  readonly #findings: Findings;
  readonly #unknown: UnknownNames;

  constructor(findings: Findings, unknown: UnknownNames) {
    this.#findings = findings;
    this.#unknown = unknown;
  }

  group(group: Group, node: Node | null, path: string): Values {
    const given = new Map<string, Node>();
    if (node !== null && node.kind !== "group") {
      this.#findings.fail(path, node.at, `${show(node)} stands where a group { ... } belongs`);
    } else {
      for (const { name, at, node: below } of node?.entries ?? []) {
        if (Object.hasOwn(group.keys, name)) given.set(name, below);
        // It may have been to guard: without it, a door could stand open.
        else {this.#findings.fail(
            joinPath(path, name),
            at,
            this.#unknown.explain(group, path, name, below),
          );}
      }
    }
    const values: Values = {};
    for (const [name, key] of Object.entries(group.keys)) {
      const below = given.get(name) ?? null;
      const key_path = joinPath(path, name);
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
      const below_path = joinPath(path, name);
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
}
