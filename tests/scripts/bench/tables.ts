/** What every report's tables must be. */
import type { Section } from "../../../scripts/bench/frame/report.ts";
import { assert, assertEquals } from "../../assert.ts";

/** Every row has a cell for each column, and no cell is what a missing number would be. */
export function assertWhole(sections: readonly Section[]): void {
  for (const { title, table } of sections) {
    assert(table.rows.length > 0, title);
    for (const row of table.rows) {
      assertEquals(row.length, table.columns.length, title);
      assert(!row.some((cell) => /NaN|undefined|Infinity/.test(cell)), `${title}: ${row}`);
    }
  }
}
