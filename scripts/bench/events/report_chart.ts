/** The results as bars. */
import { median } from "../../lib/statistics.ts";
import type { Chart, Panel } from "../frame/chart.ts";
import { duration, oneDigit } from "../frame/report.ts";
import { type Arrived, arrived } from "./arrival_tables.ts";
import { growth } from "./cost_tables.ts";
import { type Finding, lostOf } from "./finding.ts";
import { medianOf } from "./in_turns.ts";
import type { LoadKey } from "./loads.ts";
import type { Results } from "./report.ts";

/** Panels with a bar for each handler. */
export function chart({ comparison: { findings }, notes }: Results): Chart {
  const panel = (
    title: string,
    subtitle: string,
    load: LoadKey,
    pick: (one: Arrived) => number,
    format: (one: Arrived) => string,
  ): Panel => ({
    title,
    subtitle,
    bars: arrived(findings, load).map((one) => ({
      label: one.finding.contestant.title,
      value: pick(one),
      text: format(one),
      highlight: one.finding.contestant.key === "zeromq",
    })),
  });
  const p50 = ({ arrivals }: Arrived) => median(arrivals.map(({ p50 }) => p50));
  const p99 = ({ arrivals }: Arrived) => median(arrivals.map(({ p99 }) => p99));
  const latency = (one: Arrived) => `${duration(p50(one))} (p99 ${duration(p99(one))})`;
  const rate = ({ arrivals }: Arrived) => median(arrivals.map(({ rate }) => rate));
  const cpu = ({ finding }: Arrived) => medianOf(finding, 10_000, ({ cpu_all }) => cpu_all);
  return {
    title: "Janus event handlers on loopback: from Janus to a subscriber",
    subtitle: notes[0] ?? "",
    panels: [
      panel(
        "Events a second in a burst",
        "more is better",
        "long burst",
        rate,
        (one) => `${(rate(one) / 1_000).toFixed(1)} k/s${lossOf(one.finding)}`,
      ),
      panel("Latency at 10,000 events/s", "less is better", 10_000, p50, latency),
      panel("Latency at 50,000 events/s", "less is better", 50_000, p50, latency),
      panel("Latency at 1,000 events/s", "less is better", 1_000, p50, latency),
      panel(
        "Processor time an event at 10,000/s",
        "less is better; of all processes together",
        10_000,
        cpu,
        (one) => `${oneDigit(cpu(one))} us`,
      ),
      panel(
        "Growth of memory in a burst",
        "less is better; Janus, whose own queue grows, with all its processes",
        "long burst",
        ({ finding }) => growth(finding),
        ({ finding }) => `${growth(finding).toFixed(0)} MiB`,
      ),
    ],
  };
}

function lossOf(finding: Finding): string {
  const lost = lostOf(finding, ["long burst"]);
  const sent = finding.samples.get("long burst")!.reduce((sum, sample) => sum + sample.sent, 0);
  return lost === 0 ? "" : `, ${(lost / sent * 100).toFixed(1)} % lost`;
}
