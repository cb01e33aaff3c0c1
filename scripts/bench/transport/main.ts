/**
 * `deno task bench:transport`: our transport against Janus's own and against a ROUTER plugin in C,
 * on loopback: warm, in the first second of a Janus, beside those that need a broker, and with a
 * thousand peers.
 *
 * The machine's speed drifts while this runs: so the transports take turns, in many short rounds,
 * and what is shown is the median; ratios are taken within each round.
 */
import { runBenchmark } from "../frame/benchmark.ts";
import { measureAll, parseParts, PARTS, PLANS } from "./measure.ts";
import { notesOf } from "./notes.ts";
import { chart } from "./picture.ts";
import { parsePlacement, place } from "./placement.ts";
import { sections, toJson } from "./report.ts";
import { targets } from "./targets.ts";

if (import.meta.main) {
  const code = await runBenchmark({
    name: "transport",
    about:
      `  Compares our transport with Janus's own (nanomsg, WebSockets, Unix sockets, HTTP; RabbitMQ and
  MQTT, with brokers) and with a ROUTER in C; also just started, and with a thousand peers.`,
    options: { cores: "text", parts: "text" },
    optionsUsage:
      `  --cores WHERE  Everything where Linux has it (free; the default), or on one core (one).
  --parts LIST   Only these, with commas: ${PARTS.join(", ")}.`,
    builds: ["transport"],
    rounds: { full: 9, quick: 2 },
    plan: ({ options, quick, rounds }) => ({
      ...(quick ? PLANS.quick : PLANS.full),
      rounds,
      placement: parsePlacement(options.cores),
      parts: parseParts(options.parts),
    }),
    async measure(plan, run) {
      await place(plan.placement);
      const { prepared, findings } = await measureAll(plan, run);
      const { contestants } = prepared;
      const notes = notesOf(plan, run.load, prepared, findings);
      const results = { ...findings, contestants, notes, targets: targets(findings) };
      const { comparison } = findings;
      return {
        title: "Janus's transports compared",
        notes,
        sections: sections(results),
        ...(comparison && { chart: chart(contestants, comparison, notes[0] ?? "") }),
        json: toJson(results),
      };
    },
  });
  Deno.exit(code);
}
