/** JSON for people. @module */

/**
 * Breaks JSON into indented lines. It works on the text, as ids are too long for JavaScript's numbers,
 * and what was cut off is no JSON any more.
 */
export function indentJson(json: string): string {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs) ?? [];
  let depth = 0;
  let text = "";
  const line = () => `\n${"  ".repeat(Math.min(depth, 40))}`;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    const next = tokens[index + 1];
    switch (token) {
      case "{":
      case "[":
        depth++;
        text += token;
        if (next !== "}" && next !== "]") text += line();
        break;
      case "}":
      case "]": {
        depth = Math.max(0, depth - 1);
        const before = tokens[index - 1];
        text += before === "{" || before === "[" ? token : line() + token;
        break;
      }
      case ",":
        text += token + line();
        break;
      case ":":
        text += ": ";
        break;
      default:
        text += token;
    }
  }
  return text;
}

/** What tells most of an event, and what least; all else is between. */
const FIRST = [
  ...["name", "media", "connection", "ice", "dtls", "slow_link", "receiving", "status", "reason"],
  ...["selected-pair", "owner", "rtt", "lost", "lost-by-remote", "jitter-local", "jitter-remote"],
];
const LAST = ["mid", "mindex", "base", "codec", "stream_id", "component_id", "plugin", "transport"];
/** More digits than JavaScript's numbers keep. */
const LONG = /\d{16}/;

/** What is in an event, in a line: without what all of them have, and what tells most first. */
export function gistOf(json: string): string {
  const at = json.indexOf('"event":');
  const text = at < 0 ? json : json.slice(at + 8, -1);
  if (LONG.test(text)) return text;
  try {
    const { event } = JSON.parse(json) as { readonly event?: unknown };
    if (typeof event !== "object" || event === null || Array.isArray(event)) return text;
    const rank = (key: string) =>
      FIRST.includes(key) ? FIRST.indexOf(key) - FIRST.length : LAST.includes(key) ? 1 : 0;
    return Object.entries(event).sort(([a], [b]) => rank(a) - rank(b))
      .map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`)
      .join(" · ");
  } catch {
    // It was cut off.
    return text;
  }
}
