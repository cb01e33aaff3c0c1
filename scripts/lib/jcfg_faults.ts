/** What the plugins refuse in `.jcfg` files before a parser sees them, as in `ffi/stub/settings.c`. */

const MAX_BYTES = 4 * 2 ** 20;
/** libconfig's own. */
const MAX_INCLUDES = 10;

/** As `ffi/stub/integers.c` tells them apart. */
const TOKEN = new RegExp(
  [
    String.raw`(?:#|\/\/)[^\n]*|\/\*[^]*?(?:\*\/|$)`,
    String.raw`"(?:[^"\\]|\\[^])*"?`,
    String.raw`[A-Za-z*][\w*-]*`,
    String.raw`[+-]?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+`,
    String.raw`(?<integer>[+-]?(?:0[xX][\da-fA-F]+|\d+)L*)`,
    String.raw`[^]`,
  ].join("|"),
  "g",
);

/** Why the plugins don't take a file, or one that it includes, naming it; null if they may. */
export function jcfgFault(path: string, depth = 0): string | null {
  const bytes = Deno.readFileSync(path);
  if (bytes.length > MAX_BYTES) return `${path}: is longer than ${MAX_BYTES} bytes`;
  const text = new TextDecoder("latin1").decode(bytes);
  if (text.includes("\0") || text.includes("\\x00")) {
    return `${path}: has a NUL character in it, at which values would end`;
  }
  const integer = integerBeyond(text);
  if (integer !== null) {
    return `${path}:${integer.line}: ${integer.text} is beyond 32 bits, and could be read as another` +
      " number";
  }
  if (depth >= MAX_INCLUDES) return null;
  for (const [, included] of text.matchAll(/^[ \t]*@include[^\n"]*"([^\n"]*)"/gm)) {
    let fault: string | null;
    try {
      fault = jcfgFault(included!, depth + 1);
    } catch (error) {
      fault = `${path}: @include: ${(error as Error).message}`;
    }
    if (fault !== null) return fault;
  }
  return null;
}

/** The first integer that does not fit into 32 bits; `line` counts from 1. */
export function integerBeyond(text: string): { text: string; line: number } | null {
  for (const { groups, index } of text.matchAll(TOKEN)) {
    const integer = groups?.["integer"];
    if (integer === undefined) continue;
    const [, sign, digits] = /^([+-]?)(\w+?)L*$/.exec(integer)!;
    const value = BigInt(digits!) * (sign === "-" ? -1n : 1n);
    if (BigInt.asIntN(32, value) === value) continue;
    return { text: integer, line: text.slice(0, index).split("\n").length };
  }
  return null;
}
