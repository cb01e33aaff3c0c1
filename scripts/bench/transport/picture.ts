/** The comparison as bars. */
import type { Chart, Panel } from "../frame/chart.ts";
import type { Comparison } from "./compare.ts";
import type { Contestant } from "./contestants.ts";
import type { Sample } from "./load.ts";
import { medianSample, type Pick, serverTime, type Window } from "./samples.ts";

/** Four panels with a bar for each transport. */
export function chart(
  contestants: readonly Contestant[],
  { samples }: Comparison,
  subtitle: string,
): Chart {
  const shown = contestants.filter(({ key }) => samples.has(key));
  const panel = (
    title: string,
    about: string,
    window: Window,
    pick: Pick,
    format: (sample: Sample) => string,
  ): Panel => ({
    title,
    subtitle: about,
    bars: shown.map(({ key, title: label }) => {
      const sample = medianSample(samples.get(key)!.get(window)!);
      return { label, value: pick(sample), text: format(sample), highlight: key === "zeromq" };
    }),
  });
  const rate = (sample: Sample) => sample.rate;
  const latency = ({ p50, p99 }: Sample) => `${p50.toFixed(0)} us (p99 ${p99.toFixed(0)})`;
  const thousands = (sample: Sample) => `${(sample.rate / 1_000).toFixed(1)} k/s`;
  return {
    title: "Janus transports on loopback: a ping and its answer",
    subtitle,
    panels: [
      panel("Latency, 1 request under way", "less is better", 1, ({ p50 }) => p50, latency),
      panel("Throughput, 128 requests under way", "more is better", 128, rate, thousands),
      panel("Throughput, 16 requests under way", "more is better", 16, rate, thousands),
      panel(
        "Processor time a request, 128 under way",
        "less is better; Janus with all its processes, without the client",
        128,
        serverTime,
        (sample) => `${serverTime(sample).toFixed(1)} us`,
      ),
    ],
  };
}
