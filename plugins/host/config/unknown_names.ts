/** What is said of names that a schema does not know: they are mistyped, misplaced, or another plugin's. */
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { ANY_NAME, type Group } from "./keys.ts";
import type { Node } from "./source.ts";

/** For a name to be near a known one, one letter of so many may be wrong, and so many of all. */
const [LETTERS_PER_SLIP, MAX_SLIPS] = [3, 3];

/** The schema of the other plugin, and what that one is called. */
export interface OtherSchema {
  readonly schema: Group;
  readonly title: string;
}

interface KnownName {
  readonly path: string;
  readonly name: string;
  /** The group that it is in. */
  readonly group: Group;
}

/** Finds what was meant. */
export class UnknownNames {
  readonly #known: readonly KnownName[];
  readonly #foreign: readonly KnownName[];
  readonly #other: string;

  constructor(schema: Group, other?: OtherSchema) {
    this.#known = namesIn(schema);
    this.#foreign = other === undefined ? [] : namesIn(other.schema);
    this.#other = other?.title ?? "";
  }

  /** One line about a name that stands in `group`, at `path`. */
  explain(group: Group, path: string, name: string, node: Node): string {
    const what = node.kind === "group" ? "section" : "key";
    const own = nearest(this.#known, name);
    const foreign = nearest(this.#foreign, name);
    if (foreign.slips < own.slips) {
      const paths = foreign.names.map(({ path }) => path);
      if (paths.includes(joinPath(path, name))) return `only the ${this.#other} has this ${what}`;
      return `unknown ${what}; did you mean ${
        paths.join(" or ")
      }, which only the ${this.#other} has?`;
    }
    if (own.names.length === 0) return `unknown ${what}`;
    // Of several, the one that is in the same place is meant.
    const here = own.names.find((known) => known.group === group);
    const paths = here === undefined
      ? own.names.map(({ path }) => path)
      : [joinPath(path, here.name)];
    return `unknown ${what}; did you mean ${paths.join(" or ")}?`;
  }
}

/** Every key and group below a group. */
function namesIn(group: Group, prefix = ""): KnownName[] {
  return Object.entries(group.keys).flatMap(([name, key]) => {
    const path = joinPath(prefix, name);
    const below = key.type === "map"
      ? namesIn(key.of, joinPath(path, ANY_NAME))
      : key.type === "group"
      ? namesIn(key, path)
      : [];
    return [{ path, name, group }, ...below];
  });
}

/** The known names that need the fewest letters changed, if any is near. Case does not count. */
function nearest(known: readonly KnownName[], name: string): { slips: number; names: KnownName[] } {
  const meant = name.toLowerCase(); // Janus's parser takes `ALLOW` for another `allow`, and drops the first
  let slips = Math.min(MAX_SLIPS, Math.ceil(meant.length / LETTERS_PER_SLIP));
  let names: KnownName[] = [];
  for (const each of known) {
    const needed = levenshteinDistance(each.name, meant);
    if (needed > slips) continue;
    if (needed < slips) names = [];
    slips = needed;
    names.push(each);
  }
  return { slips: names.length === 0 ? Infinity : slips, names };
}

/** The path of a name below another one. */
export function joinPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
