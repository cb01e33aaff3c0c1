import {
  formatMarkdownTable,
  formatTable,
  type Table,
} from "../../../../scripts/bench/frame/table.ts";
import { assertEquals } from "../../../assert.ts";

const TABLE: Table = {
  columns: [{ title: "what", align: "left" }, { title: "us", align: "right" }],
  rows: [["a|b", "7"], ["longer", "12345"]],
};

Deno.test("formatTable() lines the columns up", () => {
  assertEquals(formatTable(TABLE), [
    "what       us",
    "a|b         7",
    "longer  12345",
  ]);
});

Deno.test("formatTable() leaves no blanks at the ends of lines", () => {
  const columns = [{ title: "what", align: "left" }] as const;
  assertEquals(formatTable({ columns, rows: [["a"]] }), ["what", "a"]);
});

Deno.test("formatMarkdownTable() aligns and escapes", () => {
  assertEquals(formatMarkdownTable(TABLE), [
    "| what | us |",
    "| --- | ---: |",
    "| a\\|b | 7 |",
    "| longer | 12345 |",
  ]);
});
