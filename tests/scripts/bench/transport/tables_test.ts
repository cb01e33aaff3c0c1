import { CONTESTANTS } from "../../../../scripts/bench/transport/contestants.ts";
import { costTable, latencyTable } from "../../../../scripts/bench/transport/tables.ts";
import { assertEquals } from "../../../assert.ts";
import { samplesOf } from "./findings.ts";

Deno.test("latency is shown as medians, the spread of rounds, and the worst of them", () => {
  const rounds = [10, 20, 30, 40, 50].map((p50) => ({ p50, p99: p50 * 2, p999: p50 * 3 }));
  const samples = samplesOf({ zeromq: rounds, native: rounds.map((one) => ({ ...one, p50: 10 })) });
  const { rows } = latencyTable(CONTESTANTS, samples, 16);
  assertEquals(rows, [
    [
      ...["ZeroMQ (ours)", "30", "20 to 40", "60", "100", "90", "150", "1,000"],
      ...["", "3.00", "1.00"],
    ],
    ["ROUTER in C", "10", "10 to 10", "60", "100", "90", "150", "1,000", "", "1.00", "1.00"],
  ]);
});

Deno.test("with a broker, ours is what the others are compared with", () => {
  const cpu = { cpu_janus: 1, cpu_broker: 3 };
  const samples = samplesOf({ zeromq: [{ cpu_client: 2 }], rabbitmq: [{ ...cpu, rate: 0.5 }] });
  const { columns, rows } = costTable(CONTESTANTS, samples, 1);
  assertEquals(columns.slice(-2).map(({ title }) => title), ["rate/ours", "CPU/ours"]);
  assertEquals(rows[1]?.slice(3), ["1.0", "0.0", "3.0", "0.0", "4.0", "0.50", "2.00"]);
});
