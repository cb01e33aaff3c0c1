/** Memory, and what a thousand peers cost, as tables. */
import type { Memory } from "../frame/processes.ts";
import { columns, count, oneDigit } from "../frame/report.ts";
import type { Table } from "../frame/table.ts";
import type { Comparison } from "./compare.ts";
import type { Contestant, Key } from "./contestants.ts";
import { medianSample, type Pick, serverTime } from "./samples.ts";
import {
  counterpart,
  type Crowd,
  crowdRatio,
  type Idle,
  type Scale,
  scaleRatios,
} from "./scale.ts";

/** Memory of both processes, as far as it was measured. */
export function memoryTable(comparison: Comparison | undefined, scale: Scale | undefined): Table {
  const row = (title: string, { rss, anonymous, file, shared }: Memory) => [
    title,
    ...[rss, anonymous, file, shared].map((size) => size.toFixed(0)),
  ];
  return {
    columns: columns("process", "resident", "its own", "files", "shared"),
    rows: [
      ...(comparison === undefined ? [] : [
        row("Janus, started", comparison.memory.before.janus),
        row("Janus, after the comparison", comparison.memory.after.janus),
        row("plugin's process, started", comparison.memory.before.plugin),
        row("plugin's process, after the comparison", comparison.memory.after.plugin),
      ]),
      ...(scale === undefined ? [] : [
        row("plugin's process, one peer, after load", scale.memory_of_one),
        row("plugin's process, 1,000 peers connected", scale.memory.connected),
        ...scale.memory.rests.map(({ seconds, memory }) =>
          row(`plugin's process, 1,000 peers, ${seconds} s after load`, memory)
        ),
      ]),
    ],
  };
}

const CROWDS: readonly (readonly [Crowd, string])[] = [
  ["one", "the only one"],
  ["one of many", "one of 1,000"],
  ["many", "1,000 in turn"],
];

/** Each transport's many peers to its one, and to the ROUTER in C's as many. */
export function scaleTable(contestants: readonly Contestant[], { samples }: Scale): Table {
  const title = (key: Key) => contestants.find((one) => one.key === key)?.title ?? key;
  const rows = samples.flatMap((group) =>
    CROWDS.map(([crowd, who]) => {
      const sample = medianSample(group[crowd]);
      const ratios = scaleRatios(group, crowd);
      const native = counterpart(samples, group, "native");
      const toNative = (pick: Pick) =>
        native === undefined ? "" : crowdRatio(group, native, crowd, pick).toFixed(2);
      return [
        title(group.key),
        String(group.window),
        who,
        ...[sample.p50, sample.p99].map((time) => time.toFixed(0)),
        count(sample.rate),
        ...[sample.cpu_janus, sample.cpu_plugin, serverTime(sample)].map(oneDigit),
        ...[ratios.p50, ratios.cpu].map((ratio) => ratio.toFixed(2)),
        ...[toNative(({ p50 }) => p50), toNative(({ rate }) => rate), toNative(serverTime)],
      ];
    })
  );
  return {
    columns: columns(
      "transport",
      ...["window", "who asks", "p50 us", "p99 us", "requests/s"],
      ...["Janus us", "+ plugin", "= CPU us", "p50 to one's", "CPU to one's"],
      ...["p50/C", "rate/C", "CPU/C"],
    ),
    rows,
  };
}

/** What the plugin's threads do while nobody asks. */
export function idleTable({ idle }: Scale): Table {
  const row = (peers: string, { seconds, total, threads }: Idle) => [
    peers,
    seconds.toFixed(1),
    total.toFixed(1),
    `${(total / 10 / seconds).toFixed(2)} %`,
    Object.entries(threads).map(([name, time]) => `${name} ${time.toFixed(1)}`).join(", "),
  ];
  return {
    columns: columns("peers", "seconds", "CPU ms", "of a core", "ms by thread"),
    rows: [row("1", idle.one), row("1,000", idle.many)],
  };
}
