/** What a thousand peers may cost. */
import { ratioTarget, type Target } from "../frame/targets.ts";
import { type Pick, serverTime } from "./samples.ts";
import { counterpart, crowdRatio, type Idle, type Scale, scaleRatios } from "./scale.ts";

const COST_TO_ONE = 1.3;
const MANY_TO_NATIVE = 1.2;
/** MiB. */
const MEMORY = 90;
/** Percent of one processor; what is below is shown as 0. */
const IDLE = 0.1;

/** Every goal. */
export function scaleTargets(scale: Scale): Target[] {
  const { idle } = scale;
  return [
    ...costTargets(scale.samples),
    ...manyTargets(scale.samples),
    memoryTarget(scale),
    idleTarget("its own threads", ownTime(idle.many), idle.many.seconds),
    idleTarget("with libzmq's threads", idle.many.total, idle.many.seconds),
  ];
}

/** One of many: ours, and beside it what the same costs in C. */
function costTargets(samples: Scale["samples"]): Target[] {
  return samples.filter(({ key }) => key === "zeromq").map((ours) => {
    const native = counterpart(samples, ours, "native");
    const name =
      `CPU a request to one peer alone's, one of 1,000 peers asks, window ${ours.window}`;
    const cpu = scaleRatios(ours, "one of many").cpu;
    const target = ratioTarget(name, cpu, { most: COST_TO_ONE });
    if (native === undefined) return target;
    const reference = scaleRatios(native, "one of many").cpu.toFixed(2);
    return { ...target, measured: `${target.measured} (in C ${reference})` };
  });
}

/** All of them: what the kernel and libzmq take for many connections is not ours. */
function manyTargets(samples: Scale["samples"]): Target[] {
  const ours = samples.find(({ key, window }) => key === "zeromq" && window === 128);
  const native = ours && counterpart(samples, ours, "native");
  const ratio = (pick: Pick) => ours && native && crowdRatio(ours, native, "many", pick);
  const rate = ratio((sample) => sample.rate);
  const target = (what: string, measured: number | undefined) =>
    ratioTarget(`${what}, 1,000 peers ask, window 128`, measured, { most: MANY_TO_NATIVE });
  return [
    target("p50 to a ROUTER in C's", ratio((sample) => sample.p50)),
    target("Time between requests to a ROUTER in C's", rate && 1 / rate),
    target("CPU a request to a ROUTER in C's", ratio(serverTime)),
  ];
}

function memoryTarget({ memory: { rests } }: Scale): Target {
  const { seconds, memory: { rss } } = rests.at(-1)!;
  return {
    name: `Memory of the plugin's process, 1,000 peers, ${seconds} s after load`,
    goal: `< ${MEMORY} MiB`,
    measured: `${rss.toFixed(1)} MiB`,
    reached: rss < MEMORY,
  };
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
