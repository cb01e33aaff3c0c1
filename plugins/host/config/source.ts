/**
 * Configurations as they come, and the one tree of {@linkcode Node}s that they are read into.
 * Two formats, one tree: what follows need not know where a value came from.
 */
import {
  type Node as JsonNode,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";

/**
 * What `janus_config_parse` makes of a file: groups and lists, with every value in them as text,
 * whatever it was in the file, and null for an empty one.
 */
export type JanusTree = string | null | readonly JanusTree[] | {
  readonly [name: string]: JanusTree;
};

/** Where a configuration comes from. `path` is what messages call it. */
export type ConfigSource =
  | { readonly format: "jcfg"; readonly path: string; readonly tree: JanusTree }
  | {
    readonly format: "jsonc";
    readonly path: string;
    readonly text: string;
    /** What the stub has read in it, and goes by; absent where there is no stub. */
    readonly tree?: unknown;
    /** Why it could not, in one line. */
    readonly fault?: string;
  }
  /** No file: the defaults. */
  | { readonly format: "none" };

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Entry {
  readonly name: string;
  /** Where the name stands, null where the format does not tell. */
  readonly at: Position | null;
  readonly node: Node;
}

export type Node =
  | { readonly kind: "group"; readonly entries: readonly Entry[]; readonly at: Position | null }
  | { readonly kind: "list"; readonly items: readonly Node[]; readonly at: Position | null }
  | {
    readonly kind: "scalar";
    readonly value: string | number | boolean | null;
    /** False where the format gives every value as text, so that `"1"` may well be a number. */
    readonly typed: boolean;
    readonly at: Position | null;
  };

/** Something wrong with the text itself. */
export interface SyntaxFault {
  readonly at: Position;
  readonly text: string;
}

/** Turns Janus's tree into nodes. */
export function readJanusTree(tree: JanusTree): Node {
  if (tree === null || typeof tree === "string") {
    return { kind: "scalar", value: tree, typed: false, at: null };
  }
  if (isList(tree)) return { kind: "list", items: tree.map(readJanusTree), at: null };
  const entries = Object.entries(tree).map(([name, below]) => ({
    name,
    at: null,
    node: readJanusTree(below),
  }));
  return { kind: "group", entries, at: null };
}

// Array.isArray() does not narrow readonly arrays.
function isList(tree: JanusTree): tree is readonly JanusTree[] {
  return Array.isArray(tree);
}

/**
 * Parses `.jsonc` text. Without a root there is nothing to check further; faults may come with one
 * (a key set twice) or instead of it.
 */
export function readJsonc(text: string): { root: Node | null; faults: SyntaxFault[] } {
  const clean = text.replace(/^\uFEFF/, "");
  const locate = locator(clean);
  const errors: ParseError[] = [];
  const tree = parse(clean, errors);
  if (tree === "deep") return { root: null, faults: [{ at: locate(0), text: TOO_DEEP }] };
  if (clean.trim() === "") {
    return { root: null, faults: [{ at: locate(0), text: EMPTY_FILE }] };
  }
  if (tree === undefined || errors.length > 0) {
    const faults = errors.slice(0, MAX_SYNTAX_FAULTS).map(({ error, offset }) => ({
      at: locate(offset),
      text: SYNTAX_WORDS[printParseErrorCode(error)] ?? "this is not JSON",
    }));
    return { root: null, faults };
  }
  const reader = new JsonReader(clean, locate);
  return { root: reader.read(tree, "", 0), faults: reader.faults };
}

/** The parser calls itself for what is within something else. */
function parse(text: string, errors: ParseError[]): JsonNode | undefined | "deep" {
  try {
    return parseTree(text, errors, { allowTrailingComma: true });
  } catch (error) {
    if (error instanceof RangeError) return "deep";
    throw error;
  }
}

/** Where what the stub has read is something else, as `security.allow[0]`; null if nowhere. */
export function findDifference(node: Node, tree: unknown, path = ""): string | null {
  if (node.kind === "scalar") return node.value === tree ? null : path;
  if (typeof tree !== "object" || tree === null) return path;
  const list = node.kind === "list";
  const below = list
    ? node.items.map((item, index) => [`${index}`, `${path}[${index}]`, item] as const)
    : node.entries.map(({ name, node }) => [name, path ? `${path}.${name}` : name, node] as const);
  if (Array.isArray(tree) !== list || Object.keys(tree).length !== below.length) return path;
  for (const [name, inner, member] of below) {
    if (!Object.hasOwn(tree, name)) return inner;
    const found = findDifference(member, (tree as Record<string, unknown>)[name], inner);
    if (found !== null) return found;
  }
  return null;
}

/** No key is below so many others. */
const MAX_DEPTH = 100;
const TOO_DEEP = `more than ${MAX_DEPTH} groups and lists stand within each other here`;

const EMPTY_FILE = "the file is empty: write {} for all the defaults";

/** One mistake often makes the parser stumble again further on. */
const MAX_SYNTAX_FAULTS = 3;

type Locate = (offset: number) => Position;

/** Reads what the parser has found, and refuses what other parsers read differently, or not at all. */
class JsonReader {
  readonly faults: SyntaxFault[] = [];
  readonly #text: string;
  readonly #locate: Locate;

  constructor(text: string, locate: Locate) {
    this.#text = text;
    this.#locate = locate;
  }

  read(json: JsonNode, path: string, depth: number): Node {
    const at = this.#locate(json.offset);
    if (depth > MAX_DEPTH) this.#fail(json, path, TOO_DEEP);
    if (json.type === "array" && depth <= MAX_DEPTH) {
      const items = (json.children ?? []).map((child, index) =>
        this.read(child, `${path}[${index}]`, depth + 1)
      );
      return { kind: "list", items, at };
    }
    if (json.type === "object" && depth <= MAX_DEPTH) {
      return { kind: "group", entries: this.#entries(json, path, depth), at };
    }
    const fault = depth > MAX_DEPTH ? null : this.#scalarFault(json);
    if (fault !== null) this.#fail(json, path, fault);
    return { kind: "scalar", value: json.value ?? null, typed: true, at };
  }

  #entries(json: JsonNode, path: string, depth: number): Entry[] {
    const entries = new Map<string, Entry>();
    for (const property of json.children ?? []) {
      const [key, value] = property.children ?? [];
      if (key === undefined || value === undefined) continue;
      const name = String(key.value);
      const name_path = path === "" ? name : `${path}.${name}`;
      const fault = this.#scalarFault(key);
      if (fault !== null) this.#fail(key, name_path, fault);
      const first = entries.get(name);
      if (first !== undefined) {
        this.#fail(key, name_path, `set twice, first in line ${first.at?.line}`);
      }
      const node = this.read(value, name_path, depth + 1);
      if (first === undefined) entries.set(name, { name, at: this.#locate(key.offset), node });
    }
    return [...entries.values()];
  }

  #scalarFault({ value, offset, length }: JsonNode): string | null {
    if (typeof value === "string") {
      if (!value.isWellFormed()) {
        return "half of a surrogate pair (\\ud800 to \\udfff) is no character";
      }
      return value.includes("\0") ? "text cannot have the character \\u0000 in it" : null;
    }
    if (typeof value !== "number") return null;
    const written = this.#text.slice(offset, offset + length);
    const fits = /^-?\d+$/.test(written)
      ? BigInt.asIntN(64, BigInt(written)) === BigInt(written)
      : Number.isFinite(value);
    return fits ? null : `${written.slice(0, 40)} is beyond the numbers of 64 bits`;
  }

  #fail({ offset }: JsonNode, path: string, text: string): void {
    const shown = path.replaceAll(/[^\x20-\x7e]/g, "?");
    this.faults.push({ at: this.#locate(offset), text: path === "" ? text : `${shown}: ${text}` });
  }
}

function locator(text: string): Locate {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

/** By the names of jsonc-parser's `ParseErrorCode`. */
const SYNTAX_WORDS: Readonly<Record<string, string>> = {
  InvalidSymbol: "not a word of JSON: text needs double quotes; else a number, true, false or null",
  InvalidNumberFormat: "this is not a number as JSON writes them",
  PropertyNameExpected: "a key in double quotes is missing here",
  ValueExpected: "a value is missing here",
  ColonExpected: "a colon is missing here",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: "a closing } is missing here",
  CloseBracketExpected: "a closing ] is missing here",
  EndOfFileExpected: "nothing may follow the end of the first value",
  UnexpectedEndOfComment: "this comment has no end: */ is missing",
  UnexpectedEndOfString: "this text has no end: a closing double quote is missing",
  UnexpectedEndOfNumber: "this number has no end",
  InvalidUnicode: "\\u needs four hexadecimal digits after it",
  InvalidEscapeCharacter: 'a backslash needs one of " \\ / b f n r t u after it',
  InvalidCharacter: "control characters cannot stand in text: write \\n, \\t or \\u....",
};
