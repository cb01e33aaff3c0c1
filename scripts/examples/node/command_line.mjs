/** The command lines of the examples for Node and Deno: `--help`, and exit code 2 for what makes no sense. */
import process from "node:process";
import { parseArgs } from "node:util";

/**
 * Reads the command line. Ends the program after `--help`, and where something is wrong.
 *
 * @param {string} usage what `--help` shows
 * @param {Record<string, "flag" | "text" | "number">} kinds the options, without their dashes
 * @param {number} most how many words there may be beside them
 * @returns {{ words: string[], options: Record<string, any> }} options that are not given are undefined
 */
export function readCommandLine(usage, kinds = {}, most = 1) {
  const known = Object.keys(kinds);
  const refuse = (reason) => {
    console.error(`${reason}\n\n${usage}`);
    process.exit(2);
  };
  const { tokens } = parseArgs({
    args: process.argv.slice(2),
    strict: false,
    tokens: true,
    options: {
      help: { type: "boolean", short: "h" },
      ...Object.fromEntries(known.map((name) => [
        name,
        { type: kinds[name] === "flag" ? "boolean" : "string" },
      ])),
    },
  });
  const words = tokens.filter(({ kind }) => kind === "positional").map(({ value }) => value);
  const given = tokens.filter(({ kind }) => kind === "option");
  if (given.some(({ name }) => name === "help")) {
    console.log(usage);
    process.exit(0);
  }
  const options = {};
  for (const { name, rawName, value } of given) {
    const kind = kinds[name];
    if (kind === undefined) {
      const meant = nearest(name, [...known, "help"]);
      refuse(`Unknown option ${rawName}${meant === undefined ? "" : `: did you mean --${meant}?`}`);
    }
    if (kind === "flag" && value !== undefined) refuse(`--${name} takes no value`);
    if (kind !== "flag" && !value) refuse(`--${name} needs a value`);
    options[name] = kind === "flag" ? true : kind === "text" ? value : Number(value);
    if (kind === "number" && !(options[name] >= 0)) {
      refuse(`--${name} must be a number, not "${value}"`);
    }
  }
  if (words.length > most) refuse(`Unexpected argument "${words[most]}"`);
  return { words, options };
}

/** The name that was meant, most likely. */
function nearest(name, names) {
  const [best] = names.map((one) => ({ one, distance: distanceOf(name, one) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= best.one.length / 2 ? best.one : undefined;
}

/** How many letters must be added, removed or exchanged (Levenshtein). */
function distanceOf(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
