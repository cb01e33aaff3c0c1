/** What must be known to read the numbers. */
import type { Choice } from "./measure.ts";
import { PLACED } from "./placement.ts";
import type { Prepared } from "./prepare.ts";
import type { Findings } from "./report.ts";

/** Rounds, times, machine, what is left out, and who stood still. */
export function notesOf(
  choice: Choice,
  load: number,
  prepared: Prepared,
  findings: Findings,
): string[] {
  const { rounds, warm: { warm, warmup, measure } } = choice;
  return [
    `Medians of rounds in turns: ${rounds} warm, ${choice.started.rounds} just started, ` +
    `${choice.brokers.rounds} with brokers, ${choice.peers.rounds} of 1,000 peers; ` +
    `${navigator.hardwareConcurrency} cores shared with the client, ` +
    `load average ${load.toFixed(1)} before`,
    `${PLACED[choice.placement]}. Warm: each transport answers ${3 * warm} ms before the first ` +
    `round, and ${warmup} ms before each measurement of ${measure[1]} ms (one request under way) ` +
    `or ${measure[128]} ms (more)`,
    ...prepared.notes,
    ...stallNotes(prepared, findings),
  ];
}

/** Who stood still, if anybody did: it makes their numbers worse. */
function stallNotes({ contestants }: Prepared, { comparison }: Findings): string[] {
  return contestants.flatMap(({ key, title }) => {
    const all = [...comparison?.samples.get(key)?.values() ?? []].flat();
    const stalls = all.reduce((sum, one) => sum + one.stalls, 0);
    return stalls === 0
      ? []
      : [`${title} stood still ${stalls} times for 20 ms, till a client came`];
  });
}
