/** How bad a call is, and why. @module */
import type { Medium } from "./medium.ts";
import type { CallPhase, Severity, Trouble, TroubleReason } from "./wire.ts";

/** A slow link counts for so long (ms). */
const SLOW_MS = 15_000;

/** That of a call which has none, or is over. */
export const NO_TROUBLE: Trouble = { in: 0, out: 0, reasons: [] };

/** What of a handle is looked at. */
interface Call {
  readonly phase: CallPhase;
  readonly ice: string | null;
  readonly dtls: string | null;
  readonly media: readonly Medium[];
}

/** The trouble that a call has. */
export function troubleOf({ phase, ice, dtls, media }: Call, now: number): Trouble {
  if (phase !== "up" && phase !== "setup") return NO_TROUBLE;
  let into: Severity = 0, out: Severity = 0;
  const reasons = new Set<TroubleReason>();
  const note = (reason: TroubleReason, toIn: Severity, toOut: Severity) => {
    if (toIn > 0 || toOut > 0) reasons.add(reason);
    into = Math.max(into, toIn) as Severity;
    out = Math.max(out, toOut) as Severity;
  };
  if (ice === "failed" || ice === "disconnected") note("ice", 2, 2);
  if (dtls === "failed") note("dtls", 2, 2);
  for (const medium of media) {
    const { slowInAt, slowOutAt, rtt, jitterIn, jitterOut, lossIn, lossOut, receiving } = medium;
    note("slow_link", now - slowInAt < SLOW_MS ? 2 : 0, now - slowOutAt < SLOW_MS ? 2 : 0);
    note("loss", lossIn.level, lossOut.level);
    note("rtt", rtt.level, rtt.level);
    note("jitter", jitterIn.level, jitterOut.level);
    note("stalled", receiving === false ? 2 : 0, 0);
  }
  return reasons.size === 0 ? NO_TROUBLE : { in: into, out, reasons: [...reasons] };
}
