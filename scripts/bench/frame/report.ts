/** What a benchmark found, on the terminal and in `build/bench/`. */
import { barChart, type Chart } from "./chart.ts";
import { type Column, formatMarkdownTable, formatTable, type Table } from "./table.ts";
import { stdoutPainter } from "../../lib/terminal.ts";
import { BENCH_FOLDER } from "./compile.ts";

/** A table with its heading. */
export interface Section {
  readonly title: string;
  readonly table: Table;
}

/** Everything that is to be shown. */
export interface Report {
  readonly title: string;
  /** What must be known to read the numbers: rounds, machine, what is left out. */
  readonly notes: readonly string[];
  readonly sections: readonly Section[];
  /** As bars, where they can be seen so. */
  readonly chart?: Chart;
  /** The results for programs. */
  readonly json: string;
}

/** Headings, the first one's column to the left. */
export function columns(left: string, ...right: string[]): Column[] {
  return [
    { title: left, align: "left" },
    ...right.map((title) => ({ title, align: "right" } as const)),
  ];
}

/** Microseconds, or other small numbers. */
export function oneDigit(number: number): string {
  return number.toFixed(1);
}

/** A number with commas, to three digits or so. */
export function count(number: number): string {
  const step = number >= 10_000 ? 100 : 10;
  return (Math.round(number / step) * step).toLocaleString("en-US");
}

/** Says on the terminal how far things are; nowhere else. */
export function progress(text: string): void {
  if (Deno.stderr.isTerminal()) {
    Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
  }
}

/** Shows a report, and writes it as `build/bench/NAME.json`, `.md` and, for its chart, `.svg`. */
export async function publish(name: string, report: Report): Promise<void> {
  print(report);
  await write(name, report);
  const files = report.chart === undefined ? ".json and .md" : ".json, .md and .svg";
  console.log(`\nWritten: build/bench/${name}${files}`);
}

function print({ notes, sections }: Report): void {
  const paint = stdoutPainter();
  for (const note of notes) console.log(paint("gray", note));
  for (const { title, table } of sections) {
    const [heading = "", ...rows] = formatTable(table);
    console.log(`\n${paint("bold", title)}\n${paint("gray", heading)}`);
    for (const row of rows) {
      const color = /\breached$/.test(row) ? "green" : /\bmissed$/.test(row) ? "red" : undefined;
      console.log(color === undefined ? row : paint(color, row));
    }
  }
}

async function write(name: string, report: Report): Promise<void> {
  const path = `${BENCH_FOLDER}/${name}`;
  const { chart } = report;
  await Deno.mkdir(BENCH_FOLDER, { recursive: true });
  await Deno.writeTextFile(`${path}.json`, report.json);
  const parts = report.sections.flatMap(({ title, table }) => [
    ...["", `## ${title}`, ""],
    ...formatMarkdownTable(table),
  ]);
  const picture = chart === undefined ? [] : ["", `![](${name}.svg)`];
  const head = [`# ${report.title}`, "", ...report.notes, ...picture];
  await Deno.writeTextFile(`${path}.md`, [...head, ...parts, ""].join("\n"));
  if (chart !== undefined) await Deno.writeTextFile(`${path}.svg`, barChart(chart));
}
