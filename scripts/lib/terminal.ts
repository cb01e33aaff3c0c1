/** Output for people: colours on a terminal, plain text everywhere else. */

/** The colours in use. */
export type Color = "green" | "red" | "yellow" | "cyan" | "gray" | "bold";

const CODES: Record<Color, readonly [number, number]> = {
  green: [32, 39],
  red: [31, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  gray: [90, 39],
  bold: [1, 22],
};

/** Colours a text, or returns it as it is. */
export type Painter = (color: Color, text: string) => string;

/** Colours everything. */
export const paintAlways: Painter = (color, text) => {
  const [on, off] = CODES[color];
  return `\x1b[${on}m${text}\x1b[${off}m`;
};

/** Colours nothing. */
export const paintNever: Painter = (_color, text) => text;

/** The painter for stdout: colours only on a terminal, and only without `NO_COLOR`. */
export function stdoutPainter(): Painter {
  const plain = (Deno.env.get("NO_COLOR") ?? "") !== "" || !Deno.stdout.isTerminal();
  return plain ? paintNever : paintAlways;
}

/** `text` as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_.,:=\/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
