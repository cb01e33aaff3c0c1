/** What the transport is meant to reach, and whether it does. */
import { ratioTarget, type Target } from "../frame/targets.ts";
import { ratioTo, type Samples } from "./compare.ts";
import { type Crowd, type Idle, type Scale, scaleRatios } from "./scale.ts";

const LATENCY_TO_NANOMSG = 1;
const LATENCY_TO_NATIVE = 1.1;
const RATE_TO_NANOMSG = 1.5;
const SCALE_COST = 1.3;
/** MiB. */
const MEMORY = 90;
/** Percent of one processor; what is below is shown as 0. */
const IDLE = 0.1;

/** Every goal; those of scale only if that was measured. */
export function targets(samples: Samples, scale: Scale | undefined): Target[] {
  const p50 = ({ p50 }: { p50: number }) => p50;
  const rate = ({ rate }: { rate: number }) => rate;
  return [
    ratioTarget("Latency to nanomsg's, window 1", ratioTo(samples, "nanomsg", 1, p50), {
      most: LATENCY_TO_NANOMSG,
    }),
    ratioTarget("Latency to a ROUTER in C's, window 1", ratioTo(samples, "native", 1, p50), {
      most: LATENCY_TO_NATIVE,
    }),
    ratioTarget("Throughput to nanomsg's, window 128", ratioTo(samples, "nanomsg", 128, rate), {
      least: RATE_TO_NANOMSG,
    }),
    ...(scale === undefined ? [] : scaleTargets(scale)),
  ];
}

function scaleTargets({ samples, memory, idle }: Scale): Target[] {
  const rss = Math.max(memory.connected.rss, memory.after.rss);
  return [
    ...costTargets(samples, "one of many", "one of 1,000 peers asks"),
    ...costTargets(samples, "many", "1,000 peers ask"),
    {
      name: "Memory of the plugin's process, 1,000 peers",
      goal: `< ${MEMORY} MiB`,
      measured: `${rss.toFixed(0)} MiB`,
      reached: rss < MEMORY,
    },
    idleTarget("its own threads", ownTime(idle.many), idle.many.seconds),
    idleTarget("with libzmq's threads", idle.many.total, idle.many.seconds),
  ];
}

/** Milliseconds that threads used which are not libzmq's. */
function ownTime({ threads }: Idle): number {
  const own = Object.entries(threads).filter(([name]) => !name.startsWith("ZMQbg/"));
  return own.reduce((sum, [_name, time]) => sum + time, 0);
}

function idleTarget(what: string, milliseconds: number, seconds: number): Target {
  const percent = milliseconds / 10 / seconds;
  return {
    name: `Idle plugin, 1,000 peers, ${what}`,
    goal: "0 %",
    measured: `${percent.toFixed(2)} %`,
    reached: percent < IDLE,
  };
}

/** Ours, and beside it what the same costs in C: what the kernel and libzmq take is not ours. */
function costTargets(samples: Scale["samples"], crowd: Crowd, who: string): Target[] {
  return samples.filter(({ key }) => key === "zeromq").map((ours) => {
    const { window } = ours;
    const native = samples.find((one) => one.key === "native" && one.window === window);
    const name = `CPU a request to one peer alone's, ${who}, window ${window}`;
    const target = ratioTarget(name, scaleRatios(ours, crowd).cpu, { most: SCALE_COST });
    if (native === undefined) return target;
    const reference = scaleRatios(native, crowd).cpu.toFixed(2);
    return { ...target, measured: `${target.measured} (in C ${reference})` };
  });
}
