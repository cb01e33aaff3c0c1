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
  | { readonly format: "jsonc"; readonly path: string; readonly text: string }
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
  const tree = parseTree(clean, errors, { allowTrailingComma: true });
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
  const faults: SyntaxFault[] = [];
  return { root: readJsonNode(tree, locate, faults, ""), faults };
}

const EMPTY_FILE = "the file is empty: write {} for all the defaults";

/** One mistake often makes the parser stumble again further on. */
const MAX_SYNTAX_FAULTS = 3;

type Locate = (offset: number) => Position;

function readJsonNode(
  json: JsonNode,
  locate: Locate,
  faults: SyntaxFault[],
  path: string,
): Node {
  const at = locate(json.offset);
  if (json.type === "array") {
    const items = (json.children ?? []).map((child, index) =>
      readJsonNode(child, locate, faults, `${path}[${index}]`)
    );
    return { kind: "list", items, at };
  }
  if (json.type !== "object") return { kind: "scalar", value: json.value, typed: true, at };

  const entries = new Map<string, Entry>();
  for (const property of json.children ?? []) {
    const [key, value] = property.children ?? [];
    if (key === undefined || value === undefined) continue;
    const name = String(key.value);
    const name_at = locate(key.offset);
    const name_path = path === "" ? name : `${path}.${name}`;
    const first = entries.get(name);
    if (first !== undefined) {
      const line = first.at?.line;
      faults.push({ at: name_at, text: `${name_path}: set twice, first in line ${line}` });
    }
    const node = readJsonNode(value, locate, faults, name_path);
    if (first === undefined) entries.set(name, { name, at: name_at, node });
  }
  return { kind: "group", entries: [...entries.values()], at };
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
