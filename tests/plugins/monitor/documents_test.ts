/** The README's table has all metrics, with their labels. */
import { describeMetric, METRIC_NAMES } from "../../../plugins/monitor/metric_table.ts";
import { assertEquals } from "../../assert.ts";
import { documentAt } from "../../scripts/documents.ts";

Deno.test("the README's table has each metric once, with its labels", () => {
  const { prose } = documentAt("plugins/monitor/README.md");
  const rows = prose.split("\n").filter((line) => line.startsWith("| `janus_"));
  const quoted = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, word]) => word!);
  const named = rows.flatMap((row) => {
    const [names = "", labels = ""] = row.split(" | ");
    return quoted(names).map((name) => [name, quoted(labels)] as const);
  });
  const known = METRIC_NAMES.map((name) => [name, describeMetric(name).labels] as const);
  const sorted = (list: readonly (readonly [string, readonly string[]])[]) =>
    list.map(([name, labels]) => `${name} ${labels}`).sort();
  assertEquals(sorted(named), sorted(known));
});
