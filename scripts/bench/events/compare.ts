/** The comparison: every handler under every load and just started, in turns. */
import type { Run } from "../frame/benchmark.ts";
import { type Noise, NoiseMeter } from "../frame/noise.ts";
import { inTurn } from "../frame/turns.ts";
import { EventJanus, type MemoryOfBoth, UnableError } from "./event_janus.ts";
import type { Finding } from "./finding.ts";
import { type FreshSample, measureFresh } from "./fresh.ts";
import { type Load, measureInTurns, type Plan as PlanInTurns } from "./in_turns.ts";
import { type Extent, type LoadKey, loadsOf, loadTitle } from "./loads.ts";
import { measure } from "./measure.ts";
import type { Placement } from "./placement.ts";
import type { Prepared } from "./prepare.ts";

/** How it is gone about. */
export interface Plan extends PlanInTurns, Extent {}

/** The rate of the generator beside which the machine is looked at, too. */
const BESIDE_RATE = 10_000;
/** Milliseconds of looking at it with all idle, for each second that a rate is measured. */
const IDLE_SHARE = 200;
/** About how long it takes to start a Janus, and to have its first events made. */
const START_SECONDS = 3;

/** What the comparison found. */
export interface Comparison {
  readonly findings: readonly Finding[];
  /** The machine: with all contestants idle, after each round; and with the generator busy. */
  readonly noise: { readonly idle: readonly Noise[]; readonly beside: readonly Noise[] };
  /** The most that anything was measured. */
  readonly rounds: number;
  /** What is left out or has fewer rounds, and why, a line each. */
  readonly notes: readonly string[];
}

/** Measures. @throws {Error} when a handler fails */
export async function compare(prepared: Prepared, plan: Plan, run: Run): Promise<Comparison> {
  const begun = performance.now();
  await using stack = new AsyncDisposableStack();
  const notes: string[] = [];
  run.progress("starting");
  const all = await startAll(prepared, plan.placement, stack, notes);
  const running = await Promise.all(all.map(begin));
  const idle = all.find(({ contestant }) => contestant.key === "null")!;
  const meter = stack.use(await NoiseMeter.start());
  const noise = { idle: [] as Noise[], beside: [] as Noise[] };
  const starting = running.filter(({ contestant }) => contestant.fresh === true);
  const justStarted = async (round: number) => {
    for (const { contestant, fresh } of inTurn(starting, round)) {
      run.signal.throwIfAborted();
      fresh.push(await measureFresh(contestant, prepared, plan.placement));
    }
    const seconds = plan.seconds / 2;
    const order = { count: Math.ceil(BESIDE_RATE * seconds), rate: BESIDE_RATE };
    const [beside] = await Promise.all([meter.look(Math.ceil(seconds * 1_000)), idle.run(order)]);
    noise.beside.push(beside);
  };
  const first = {
    title: "Just started",
    seconds: starting.length * START_SECONDS,
    measure: justStarted,
  };
  const { sampled, rounds, notes: more } = await measureInTurns(
    running,
    loadsOf(plan),
    plan,
    begun,
    run,
    {
      first: [first],
      afterRound: async () =>
        void noise.idle.push(await meter.look(Math.ceil(plan.seconds * IDLE_SHARE))),
    },
  );
  const findings = running.map(({ contestant, fresh, memory }, i) => ({
    ...{ contestant, fresh, memory },
    samples: sampled[i]!.samples,
  }));
  return { findings, noise, rounds, notes: [...notes, ...more] };
}

async function begin(janus: EventJanus) {
  const { contestant } = janus;
  const memory = { started: await janus.readMemory(), bursts: [] as MemoryOfBoth[] };
  return {
    ...{ contestant, memory, fresh: [] as FreshSample[] },
    loads: contestant.loads,
    warmUp: async (count: number) => void await janus.run({ count, rate: 0 }),
    async measure(load: Load<LoadKey>) {
      try {
        if (load.key !== "long burst") return await measure(janus, load);
        await janus.resetPeaks();
        const sample = await measure(janus, load);
        memory.bursts.push(await janus.readMemory());
        return sample;
      } catch (cause) {
        throw new Error(`Cannot measure ${contestant.title} at ${loadTitle(load.key)}`, { cause });
      }
    },
  };
}

/** Starts all at once; those that this build can't do are left out. */
async function startAll(
  prepared: Prepared,
  placement: Placement,
  stack: AsyncDisposableStack,
  notes: string[],
): Promise<EventJanus[]> {
  const starts = await Promise.allSettled(
    prepared.contestants.map(async (one) =>
      stack.use(await EventJanus.start(one, prepared, placement))
    ),
  );
  return starts.flatMap((start, i) => {
    if (start.status === "fulfilled") return [start.value];
    if (!(start.reason instanceof UnableError)) throw start.reason;
    notes.push(`${prepared.contestants[i]!.title} is left out: ${start.reason.message}`);
    return [];
  });
}
