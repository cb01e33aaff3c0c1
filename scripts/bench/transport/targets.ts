/** What the transport is meant to reach, and whether it does. */
import { duration } from "../frame/report.ts";
import { numberTarget, ratioTarget, type Target } from "../frame/targets.ts";
import type { Findings } from "./report.ts";
import {
  differenceOf,
  medianSample,
  type Pick,
  ratioOf,
  type Samples,
  type Window,
  worst,
} from "./samples.ts";
import { scaleTargets } from "./scale_targets.ts";

const P50_TO_NATIVE = 1.1;
const P50_TO_NANOMSG = 1;
const RATE_TO_NANOMSG = 1.5;
const P99_TO_NATIVE = 1.2;
const STARTED_P99_TO_NATIVE = 2;
/** Microseconds. */
const P999 = 5_000;
const HOOK = 40;

const WINDOWS: readonly Window[] = [1, 128];
const p50: Pick = (sample) => sample.p50;
const p99: Pick = (sample) => sample.p99;
const p999: Pick = (sample) => sample.p999;
const rate: Pick = (sample) => sample.rate;

/** Every goal of the parts that were measured. */
export function targets({ comparison, started, scale }: Findings): Target[] {
  return [
    ...(comparison === undefined ? [] : warmTargets(comparison.samples)),
    ...(started === undefined ? [] : startedTargets(started.samples)),
    ...(scale === undefined ? [] : scaleTargets(scale)),
  ];
}

function warmTargets(samples: Samples): Target[] {
  const to = (other: "native" | "nanomsg", window: Window, pick: Pick) =>
    ratioOf(samples, ["zeromq", other], window, pick);
  return [
    ratioTarget("p50 to a ROUTER in C's, window 1", to("native", 1, p50), { most: P50_TO_NATIVE }),
    ratioTarget("p50 to nanomsg's, window 1", to("nanomsg", 1, p50), { most: P50_TO_NANOMSG }),
    ...WINDOWS.map((window) => {
      const name = `p99 to a ROUTER in C's, window ${window}`;
      return ratioTarget(name, to("native", window, p99), { most: P99_TO_NATIVE });
    }),
    ...WINDOWS.map((window) => p999Target(samples, window)),
    ratioTarget("Throughput to nanomsg's, window 128", to("nanomsg", 128, rate), {
      least: RATE_TO_NANOMSG,
    }),
    numberTarget(
      "p50 that a hook on requests adds, window 1",
      differenceOf(samples, ["hook", "zeromq"], 1, p50),
      { most: HOOK },
      (time) => `${time.toFixed(0)} us`,
    ),
  ];
}

function p999Target(samples: Samples, window: Window): Target {
  const all = samples.get("zeromq")?.get(window);
  const limit = { most: P999 };
  const name = `p99.9, window ${window}`;
  const target = numberTarget(name, all && medianSample(all).p999, limit, duration);
  if (all === undefined) return target;
  return { ...target, measured: `${target.measured} (worst round ${duration(worst(all, p999))})` };
}

function startedTargets(samples: Samples): Target[] {
  return WINDOWS.map((window) =>
    ratioTarget(
      `p99 to a ROUTER in C's, first second, window ${window}`,
      ratioOf(samples, ["zeromq", "native"], window, p99),
      { most: STARTED_P99_TO_NATIVE },
    )
  );
}
