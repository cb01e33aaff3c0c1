import { chart, growth, type Results, sections } from "../../../../scripts/bench/events/report.ts";
import { targets } from "../../../../scripts/bench/events/targets.ts";
import { assertEquals } from "../../../assert.ts";
import { assertWhole } from "../tables.ts";
import { arrival, finding, sample } from "./findings.ts";

function results(): Results {
  const findings = [
    finding("zeromq", [sample(arrival({ rate: 90_000 })), sample(arrival({ rate: 80_000 }))], {
      0: [sample(arrival({ rate: 90_000, lost: 5 })), sample(arrival({ rate: 80_000 }))],
    }),
    finding("nanomsg", [sample(arrival({ rate: 45_000 })), sample(arrival({ rate: 40_000 }))]),
    finding("null", [sample(undefined), sample(undefined)]),
  ];
  return { comparison: { findings, rounds: 2, notes: [] }, targets: targets(findings), notes: [] };
}

Deno.test("every row of every table has a cell for each column, and no cell is NaN", () => {
  assertWhole(sections(results()));
});

Deno.test("the burst's table has ratios, losses, and only those that have subscribers", () => {
  const table = sections(results()).find(({ title }) => title.startsWith("Burst of 100 "))!.table;
  const at = (title: string) => table.columns.findIndex((column) => column.title === title);
  const cells = table.rows.map((row) =>
    ["handler", "events/s", "lost in all", "to nanomsg's", "to C's"].map((title) => row[at(title)])
  );
  assertEquals(cells, [
    ["ZeroMQ (ours)", "85,000", "5", "2.00", ""],
    ["nanomsg", "42,500", "0", "1.00", ""],
  ]);
});

Deno.test("the chart says how many were lost, and is about ours", () => {
  const [burst] = chart(results()).panels;
  assertEquals(burst?.bars.map(({ text }) => text), ["85.0 k/s, 2.5 % lost", "42.5 k/s"]);
  assertEquals(burst?.bars.map(({ highlight }) => highlight), [true, false]);
});

Deno.test("growth() counts from the start to the largest peaks of both processes", () => {
  assertEquals(growth(finding("zeromq", [], {}, [20, 35])), 20 + 25 + 64);
});
