import { growth } from "../../../../scripts/bench/events/cost_tables.ts";
import { type Results, sections, toJson } from "../../../../scripts/bench/events/report.ts";
import { chart } from "../../../../scripts/bench/events/report_chart.ts";
import { targets } from "../../../../scripts/bench/events/targets.ts";
import { assertEquals } from "../../../assert.ts";
import { assertWhole } from "../tables.ts";
import { arrival, finding, fresh, sample } from "./findings.ts";

function results(): Results {
  const ours = [sample(arrival({ rate: 90_000 })), sample(arrival({ rate: 80_000 }))];
  const lossy = [
    { ...sample(arrival({ rate: 90_000, lost: 5 })), call_most: 4_000 },
    { ...sample(arrival({ rate: 80_000 })), call_most: 90_000 },
  ];
  const at_10_000 = [
    sample(arrival({ p50: 80, p99: 300 })),
    sample(arrival({ p50: 90, p99: 200 })),
  ];
  const theirs = [sample(arrival({ rate: 45_000 })), sample(arrival({ rate: 40_000 }))];
  const findings = [
    finding("zeromq", ours, { "long burst": lossy, 10_000: at_10_000 }, [20, 20], [
      fresh(900),
      fresh(700, 2),
    ]),
    finding("filter", ours),
    finding("native", theirs, { 10_000: [at_10_000[1]!, at_10_000[1]!] }, [20, 20], [
      fresh(450),
      fresh(350),
    ]),
    finding("null", [sample(undefined), sample(undefined)]),
  ];
  const look = { p50: 20, p99: 60, p999: 100, max: 500, busy: 1.5, steal: 0.2 };
  const noise = { idle: [look, look], beside: [{ ...look, max: 900 }] };
  const comparison = { findings, noise, rounds: 2, notes: [] };
  return { comparison, targets: targets(findings), notes: [] };
}

/** Some columns of a table, by its title's beginning. */
function cells(title: string, ...wanted: readonly string[]): (string | undefined)[][] {
  const { columns, rows } = sections(results()).find((one) => one.title.startsWith(title))!.table;
  const at = wanted.map((name) => columns.findIndex((column) => column.title === name));
  return rows.map((row) => at.map((i) => row[i]));
}

Deno.test("every row of every table has a cell for each column, and no cell is NaN", () => {
  assertWhole(sections(results()));
});

Deno.test("the burst's table has ratios, losses, the least, the slowest calls, and only those with subscribers", () => {
  const columns = [
    ...["handler", "events/s", "least", "slowest call, first round, ms", "in all"],
    ...["lost in all", "to PUB in C's", "to nanomsg's"],
  ];
  const sent = results().comparison.findings[0]!.samples.get("long burst")![0]!.sent;
  const bursts = sections(results()).filter(({ title }) => title.startsWith(`Burst of ${sent} `));
  assertEquals(bursts.length, 2);
  const { table } = bursts[1]!;
  const at = columns.map((name) => table.columns.findIndex(({ title }) => title === name));
  assertEquals(table.rows.map((row) => at.map((i) => row[i])), [
    ["ZeroMQ (ours)", "85,000", "80,000", "4.0", "90.0", "5", "2.00", ""],
    ["ours, 1 filter", "85,000", "80,000", "0.0", "0.0", "0", "2.00", ""],
    ["PUB in C", "42,500", "40,000", "0.0", "0.0", "0", "1.00", ""],
  ]);
});

Deno.test("latency is the median of the rounds, and beside it the worst", () => {
  // Both columns of the worst have that title: the first one is p50's.
  assertEquals(cells("Latency (us) at 10,000/s", "handler", "p50", "worst", "p99"), [
    ["ZeroMQ (ours)", "85", "90", "250"],
    ["PUB in C", "90", "90", "200"],
  ]);
});

Deno.test("only those that were started anew are in the table of that", () => {
  const columns = ["handler", "300 ms: p50", "1 s: p50", "its p99 to PUB in C's", "lost"];
  assertEquals(cells("Latency (us) of the first events", ...columns), [
    ["ZeroMQ (ours)", "400", "400", "2.00", "2"],
    ["PUB in C", "200", "200", "1.00", "0"],
  ]);
});

Deno.test("what the machine did stands there, idle and beside the generator", () => {
  assertEquals(cells("The machine", "while", "looks", "p50 us", "latest", "busy"), [
    ["all idle", "2", "20", "500", "1.5 %"],
    ["beside 10,000/s", "1", "20", "900", "1.5 %"],
  ]);
});

Deno.test("the JSON has every sample by its load", () => {
  const { handlers, noise } = JSON.parse(toJson(results()));
  assertEquals(handlers[0].samples["10000"].length, 2);
  assertEquals(handlers[0].samples["long burst"][0].arrival.lost, 5);
  assertEquals([handlers[0].fresh.length, noise.idle.length], [2, 2]);
});

Deno.test("the chart says how many were lost, and is about ours", () => {
  const [burst] = chart(results()).panels;
  assertEquals(burst?.bars.map(({ text }) => text), [
    "85.0 k/s, 2.5 % lost",
    "85.0 k/s",
    "42.5 k/s",
  ]);
  assertEquals(burst?.bars.map(({ highlight }) => highlight), [true, false, false]);
});

Deno.test("growth() counts from the start to the largest peaks of both processes", () => {
  assertEquals(growth(finding("zeromq", [], {}, [20, 35])), 20 + 25 + 64);
});
