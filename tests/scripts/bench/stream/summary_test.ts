import { duration } from "../../../../scripts/bench/frame/report.ts";
import { summaryTable } from "../../../../scripts/bench/stream/summary.ts";
import { assertEquals } from "../../../assert.ts";
import { arrival } from "../events/findings.ts";
import { finding, sample } from "./findings.ts";

Deno.test("summaryTable() has a column for each that has a stream, and says what was lost", () => {
  const ours = sample({
    ...{ stream: arrival({ rate: 45_000, p50: 400 }), pub: arrival({}) },
    cpu: { janus: 5, plugin: 4, companion: 6, engine: 10 },
  });
  const theirs = sample({
    stream: arrival({ rate: 20_000, p50: 12_000, lost: 1 }),
    cpu: { janus: 9, writer: 3, engine: 20 },
  });
  const { columns, rows } = summaryTable([
    finding("stream", [ours], {}, [{ plugin: 40, companion: 50 }]),
    finding("unread", [
      sample({
        stored: { messages: 100, rate: 47_000 },
        cpu: { janus: 5, plugin: 3, companion: 4, engine: 9 },
      }),
    ]),
    finding("zeromq", [sample({ pub: arrival({}) })]),
    finding("nanomsg-writer", [theirs]),
  ]);
  assertEquals(columns.slice(1).map(({ title }) => title), [
    "stream (ours)",
    "nanomsg, writer in C",
  ]);
  assertEquals(rows, [
    ["half are consumed within, at 1,000/s", "400 us", "12 ms, 1.0 % lost"],
    ["at 10,000/s", "400 us", "12 ms, 1.0 % lost"],
    ["at 20,000/s", "400 us", "12 ms, 1.0 % lost"],
    ["burst of 100: consumed/s", "45,000", "20,000, 1.0 % lost"],
    ["stored/s, where nobody reads", "47,000", ""],
    ["processor time an event at 20,000/s: Janus", "5 us", "9 us"],
    ["our processes, or the writer", "10 us, 7 us without a subscriber", "3 us"],
    ["the server", "10 us", "20 us"],
    ["our processes take at most", "90 MiB", ""],
  ]);
});

Deno.test("duration() has three digits at most", () => {
  assertEquals([duration(999), duration(1_240), duration(43_400)], ["999 us", "1.2 ms", "43 ms"]);
});
