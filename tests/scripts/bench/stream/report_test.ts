import { chart, type Results, sections } from "../../../../scripts/bench/stream/report.ts";
import { targets } from "../../../../scripts/bench/stream/targets.ts";
import { assertEquals } from "../../../assert.ts";
import { arrival } from "../events/findings.ts";
import { assertWhole } from "../tables.ts";
import { finding, sample } from "./findings.ts";

const ROUNDS = [50_000, 40_000];

function results(): Results {
  const stored = (rate: number) => ({ messages: 99, rate });
  const findings = [
    finding(
      "stream",
      ROUNDS.map((rate) =>
        sample({
          ...{ stream: arrival({ rate, lost: 1 }), pub: arrival({}), stored: stored(rate + 500) },
          cpu: { janus: 5, plugin: 4, companion: 6, engine: 10 },
        })
      ),
      {},
      ROUNDS.map(() => ({ janus: 30, plugin: 40, companion: 50, engine: 20 })),
    ),
    finding(
      "unread",
      ROUNDS.map((rate) =>
        sample({
          stored: stored(rate + 700),
          cpu: { janus: 5, plugin: 3, companion: 4, engine: 9 },
        })
      ),
      { 1_000: [], 10_000: [] },
      ROUNDS.map(() => ({ janus: 30, plugin: 40, companion: 50, engine: 20 })),
    ),
    finding(
      "zeromq",
      ROUNDS.map(() => sample({ pub: arrival({}), cpu: { janus: 5, plugin: 4 } })),
      {},
      ROUNDS.map(() => ({ janus: 30, plugin: 40 })),
    ),
    finding(
      "rabbitmq",
      ROUNDS.map((rate) => sample({ stream: arrival({ rate }), cpu: { janus: 9, engine: 30 } })),
      {},
      ROUNDS.map(() => ({ janus: 30, engine: 90 })),
    ),
  ];
  return { comparison: { findings, rounds: 2, notes: [] }, targets: targets(findings), notes: [] };
}

function rowsOf(heading: string, ...titles: string[]): (string | undefined)[][] {
  const { table } = sections(results()).find(({ title }) => title.startsWith(heading))!;
  const at = titles.map((one) => table.columns.findIndex(({ title }) => title === one));
  return table.rows.map((row) => at.map((place) => row[place]));
}

Deno.test("every row of every table has a cell for each column, and no cell is NaN", () => {
  assertWhole(sections(results()));
});

Deno.test("the burst's table has the consumer's rate and the engine's, where it says one", () => {
  const titles = ["events go through", "consumed/s", "stored/s", "not stored", "lost"];
  assertEquals(rowsOf("Burst of 100 ", ...titles), [
    ["stream (ours)", "45,000", "45,500", "2", "2"],
    ["stream that nobody reads (ours)", "", "45,700", "2", ""],
    ["RabbitMQ", "45,000", "", "", "0"],
  ]);
});

Deno.test("processor time has a cell for each process that is there, and their sums", () => {
  const titles = ["Janus", "plugin's process", "stream's process", "plugin's two", "all of these"];
  assertEquals(rowsOf("Processor time (us an event), burst", ...titles), [
    ["5.0", "4.0", "6.0", "10.0", "25.0"],
    ["5.0", "3.0", "4.0", "7.0", "21.0"],
    ["5.0", "4.0", "", "4.0", "9.0"],
    ["9.0", "", "", "", "39.0"],
  ]);
});

Deno.test("the ring is no memory of its own, but for a server what is shared is", () => {
  const rows = rowsOf("Memory", "process", "started", "of the ring");
  assertEquals(rows.filter(([process]) => /stream's|server, RabbitMQ/.test(process!)), [
    ["stream's process, stream (ours)", "11", ""],
    ["stream's process, stream that nobody reads (ours)", "11", ""],
    ["server, RabbitMQ", "11", ""],
  ]);
  assertEquals(rows.find(([process]) => process === "plugin's process, stream (ours)"), [
    "plugin's process, stream (ours)",
    ...["10", "40"],
  ]);
});

Deno.test("the chart is about ours, and each panel has those that have such a number", () => {
  const { panels } = chart(results());
  assertEquals(panels[0]?.bars.map(({ label, highlight }) => [label, highlight]), [
    ["stream (ours)", true],
    ["RabbitMQ", false],
  ]);
  assertEquals(panels.at(-1)?.bars.map(({ label }) => label), [
    "stream (ours)",
    "PUB alone (ours)",
  ]);
});
