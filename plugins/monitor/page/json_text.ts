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
