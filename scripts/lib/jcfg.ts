/** Just enough of libconfig's format to read the keys of a `janus.jcfg` that matter here. */

/** Thrown where the text is not what libconfig would take. */
export class JcfgSyntaxError extends Error {
  override name = "JcfgSyntaxError";
  /** @param line Counts from 1. */
  constructor(message: string, readonly line: number) {
    super(`${message} (line ${line})`);
  }
}

interface Token {
  readonly kind: "string" | "word" | "punctuation";
  readonly text: string;
  readonly line: number;
}

const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)`,
    String.raw`(?<string>"(?:[^"\\]|\\[^])*")`,
    String.raw`(?<punctuation>[:={}()\[\],;])`,
    String.raw`(?<word>[^\s:={}()\[\],;"#]+)`,
  ].join("|"),
  "g",
);

/**
 * Reads every value at the second level, as `group.key` (`general.configs_folder`). Numbers and
 * booleans come as they are written, and lists of them with commas between; deeper groups are passed
 * over.
 */
export function readJcfg(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const path: string[] = [];
  let key = "";
  let assigned = false;
  /** The key of the list that is being read, as `group.key`; null outside of one. */
  let list: string | null = null;
  let previous: Token["kind"] | undefined;
  for (const token of tokens(text)) {
    const full = `${path[0]}.${key}`;
    if (list !== null && token.kind !== "punctuation") {
      const before = found.get(list);
      found.set(list, before === undefined ? token.text : `${before},${token.text}`);
      previous = token.kind;
      continue;
    }
    if (token.kind === "string") {
      if (assigned && path.length === 1) found.set(full, token.text);
      // Strings that stand side by side are one string in libconfig.
      else if (previous === "string" && path.length === 1) {
        found.set(full, `${found.get(full) ?? ""}${token.text}`);
      }
      assigned = false;
    } else if (token.kind === "word") {
      if (!assigned) key = token.text;
      else if (path.length === 1) found.set(full, token.text);
      assigned = false;
    } else if (token.text === ":" || token.text === "=") {
      assigned = true;
    } else {
      if ("{([".includes(token.text)) {
        list = token.text !== "{" && assigned && path.length === 1 ? full : null;
        path.push(key);
      } else if ("})]".includes(token.text)) {
        list = null;
        if (path.pop() === undefined) {
          throw new JcfgSyntaxError(`"${token.text}" closes nothing`, token.line);
        }
      }
      assigned = false;
    }
    previous = token.kind;
  }
  if (path.length > 0) {
    throw new JcfgSyntaxError(`"${path.at(-1)}" is never closed`, text.split("\n").length);
  }
  return found;
}

function* tokens(text: string): Generator<Token> {
  let line = 1;
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index !== end) break;
    end += match[0].length;
    const { string, punctuation, word } = match.groups ?? {};
    if (string !== undefined) yield { kind: "string", text: unquote(string), line };
    else if (punctuation !== undefined) yield { kind: "punctuation", text: punctuation, line };
    else if (word !== undefined) yield { kind: "word", text: word, line };
    line += match[0].split("\n").length - 1;
  }
  // Only a string without its end is no token at all.
  if (end !== text.length) throw new JcfgSyntaxError("A string is never closed", line);
}

function unquote(literal: string): string {
  const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t", f: "\f" };
  return literal.slice(1, -1).replace(
    /\\(?:x([0-9A-Fa-f]{2})|([^]))/g,
    (_all, hex: string | undefined, char: string | undefined) =>
      hex === undefined
        ? escapes[char ?? ""] ?? char ?? ""
        : String.fromCharCode(parseInt(hex, 16)),
  );
}
