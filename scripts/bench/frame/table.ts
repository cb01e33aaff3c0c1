/** Tables, for terminals and for Markdown. */

/** A column: its heading, and where its cells stand. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** A table with a cell for every column in every row. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** The table with its columns lined up, one line a row, the headings first. */
export function formatTable({ columns, rows }: Table): string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_column, i) => Math.max(...all.map((row) => (row[i] ?? "").length)));
  return all.map((row) =>
    columns.map(({ align }, i) => {
      const cell = row[i] ?? "";
      return align === "left" ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
    }).join("  ").trimEnd()
  );
}

/** The table in Markdown. */
export function formatMarkdownTable({ columns, rows }: Table): string[] {
  const line = (cells: readonly string[]) =>
    `| ${columns.map((_column, i) => (cells[i] ?? "").replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === "left" ? "---" : "---:"))),
    ...rows.map(line),
  ];
}
