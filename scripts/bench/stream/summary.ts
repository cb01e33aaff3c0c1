/** What it comes down to, as the table in the benchmarks' README. */
import { median } from "../../lib/statistics.ts";
import { allOf, medianOf } from "../events/in_turns.ts";
import type { Table } from "../frame/table.ts";
import { columns, count, duration } from "../frame/report.ts";
import { arrivalsOf, arrived, type Finding, type Rate, sumOf } from "./compare.ts";
import { pluginPeak, pluginTime } from "./targets.ts";

/** The rate at which processor time is compared. */
const BUSY = 20_000;

/** A column for each contestant with a stream. */
export function summaryTable(findings: readonly Finding[]): Table {
  const all = findings.filter((one) => arrivalsOf(one, "stream", 0) !== undefined);
  const unread = findings.find(({ contestant: { key } }) => key === "unread");
  const row = (title: string, cell: (one: Finding) => string) => [title, ...all.map(cell)];
  const rows = [
    ...([1_000, 10_000, 20_000] as const).map((rate) =>
      row(
        rate === 1_000 ? "half are consumed within, at 1,000/s" : `at ${count(rate)}/s`,
        (one) => `${duration(arrived(one, "stream", rate, ({ p50 }) => p50)!)}${lossOf(one, rate)}`,
      )
    ),
    row(
      `burst of ${count(findings[0]?.samples.get(0)?.[0]?.sent ?? 0)}: consumed/s`,
      (one) => `${count(arrived(one, "stream", 0, ({ rate }) => rate)!)}${lossOf(one, 0)}`,
    ),
    ...(unread === undefined ? [] : [unreadRow(unread, all)]),
    row("processor time an event at 20,000/s: Janus", (one) => time(one, "janus")),
    row("our processes, or the writer", (one) => {
      const { writer } = one.samples.get(BUSY)![0]!.cpu;
      const ours = medianOf(one, BUSY, pluginTime);
      const quiet = unread !== undefined && one.contestant.key === "stream"
        ? `, ${medianOf(unread, BUSY, pluginTime).toFixed(0)} us without a subscriber`
        : "";
      return [
        ...(ours === 0 ? [] : [`${ours.toFixed(0)} us${quiet}`]),
        ...(writer === undefined ? [] : [time(one, "writer")]),
      ].join(" + ");
    }),
    row("the server", (one) => time(one, "engine")),
    row("our processes take at most", (one) => {
      const peak = pluginPeak(one);
      return peak === 0 ? "" : `${peak.toFixed(0)} MiB`;
    }),
  ];
  return { columns: columns("", ...all.map(({ contestant: { title } }) => title)), rows };
}

/** What goes into our stream while nobody takes it out. */
function unreadRow(unread: Finding, all: readonly Finding[]): string[] {
  const rates = allOf(unread, 0, ({ stored }) => stored?.rate);
  const cell = rates === undefined ? "" : count(median(rates));
  return [
    "stored/s, where nobody reads",
    ...all.map(({ contestant: { key } }) => key === "stream" ? cell : ""),
  ];
}

function time(one: Finding, key: "janus" | "writer" | "engine"): string {
  return `${medianOf(one, BUSY, ({ cpu }) => cpu[key] ?? 0).toFixed(0)} us`;
}

function lossOf(finding: Finding, rate: Rate): string {
  const lost = sumOf(finding, "stream", "lost", [rate]);
  const sent = finding.samples.get(rate)!.reduce((sum, sample) => sum + sample.sent, 0);
  if (lost === 0) return "";
  const share = lost / sent * 100;
  return `, ${share < 0.1 ? share.toFixed(2) : share.toFixed(1)} % lost`;
}
