/** Manual pages in man(7)'s macros. */

/** Text as roff prints it: nothing in it is a macro or an escape. */
export function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll(/^([.'])/gm, "\\&$1");
}

/** Text with `code` in bold. */
export function prose(text: string): string {
  return text.split("`").map((part, at) => at % 2 === 0 ? roff(part) : bold(part)).join("");
}

/** Bold text. */
export function bold(text: string): string {
  return text === "" ? "" : `\\fB${roff(text)}\\fR`;
}

/** Lines that are shown as they are. */
export function example(text: string): string {
  return `.EX\n${roff(text.replace(/\n+$/, ""))}\n.EE\n`;
}

/** A paragraph under a tag. */
export function tagged(tag: string, ...paragraphs: readonly string[]): string {
  return `.TP\n${tag}\n${paragraphs.join("\n.IP\n")}\n`;
}

/** A whole page. */
export interface Page {
  readonly name: string;
  readonly section: 1 | 5;
  /** What it is, in one line. */
  readonly about: string;
  readonly version: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  /** Sections after NAME: their titles, and what is in them in roff. */
  readonly sections: readonly (readonly [title: string, body: string])[];
}

/** The page's text. */
export function renderPage(page: Page): string {
  const date = new Date(page.epoch * 1000).toISOString().slice(0, 10);
  const head = [page.name.toUpperCase(), page.section, date, `janus-zeromq ${page.version}`];
  return [
    `.TH ${head.map((word) => `"${roff(String(word))}"`).join(" ")}\n`,
    `.SH NAME\n${roff(page.name)} \\- ${roff(page.about)}\n`,
    ...page.sections.map(([title, body]) => `.SH ${title}\n${body}`),
  ].join("");
}
