/** What the event handler is meant to reach, and whether it does. */
import { median } from "../../lib/statistics.ts";
import { numberTarget, perSecond, rateTarget, ratioTarget, type Target } from "../frame/targets.ts";
import {
  addedToEventThread,
  arrivalsOf,
  burstRatio,
  type Finding,
  lostOf,
  type Rate,
} from "./compare.ts";
import type { Key } from "./contestants.ts";
import type { Arrival } from "./measure.ts";

const BURST_RATE = 60_000;
const ONE_FILTER_RATE = 40_000;
const THREE_FILTERS_RATE = 25_000;
const HELD_RATE = 50_000;
/** Of what is made: a second's last events may arrive a little after it. */
const HELD_SHARE = 0.98;
/** Microseconds. */
const HELD_P50 = 300;
const EVENT_THREAD = { most: 2 };
/** The peak of the plugin's process in the last burst to that in the first, but for the ring, which is bounded. */
const FLAT = 1.1;

/** Every goal. */
export function targets(findings: readonly Finding[]): Target[] {
  const find = (key: Key) => findings.find(({ contestant }) => contestant.key === key);
  const ours = find("zeromq");
  const held = (pick: (arrival: Arrival) => number) => arrived(ours, HELD_RATE, pick);
  const added = (rate: Rate) => addedToEventThread(findings, "zeromq", rate);
  return [
    burstTarget("Burst", ours, BURST_RATE),
    ratioTarget("Burst to nanomsg's, ungrouped", burstRatio(findings, "zeromq", "nanomsg"), {
      least: 1,
    }),
    numberTarget(
      "50,000/s: events that arrive",
      held(({ rate }) => rate),
      { least: HELD_RATE * HELD_SHARE },
      perSecond,
    ),
    numberTarget("50,000/s: p50", held(({ p50 }) => p50), { most: HELD_P50 }, microseconds),
    numberTarget("Events lost", ours && lostOf(ours), { most: 0 }, String),
    ratioTarget(
      "Memory of the plugin's process but the ring, last burst to first",
      ours && flatness(ours),
      {
        most: FLAT,
      },
    ),
    numberTarget("Added to Janus's event thread, burst", added(0), EVENT_THREAD, microseconds),
    numberTarget(
      "Added to Janus's event thread, 50,000/s",
      added(HELD_RATE),
      EVENT_THREAD,
      microseconds,
    ),
    burstTarget("Burst, 1 filter", find("filter"), ONE_FILTER_RATE),
    burstTarget("Burst, 3 filters", find("filters"), THREE_FILTERS_RATE),
  ];
}

function burstTarget(name: string, finding: Finding | undefined, least: number): Target {
  const rate = arrived(finding, 0, ({ rate }) => rate);
  return rateTarget(name, rate, finding === undefined ? 0 : lostOf(finding, [0]), { least });
}

/** The median over the rounds; undefined if it wasn't measured. */
function arrived(
  finding: Finding | undefined,
  rate: Rate,
  pick: (arrival: Arrival) => number,
): number | undefined {
  const arrivals = finding && arrivalsOf(finding, rate);
  return arrivals && median(arrivals.map(pick));
}

/** Undefined if there was one burst only. */
function flatness({ memory: { bursts } }: Finding): number | undefined {
  const [first, last] = [bursts[0]?.plugin, bursts.at(-1)?.plugin].map((now) =>
    now && now.peak - now.shared
  );
  return bursts.length < 2 || !first || !last ? undefined : last / first;
}

function microseconds(number: number): string {
  return `${number < 10 ? number.toFixed(1) : number.toFixed(0)} us`;
}
