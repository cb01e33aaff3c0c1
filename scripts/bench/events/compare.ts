/** The comparison: every handler under every load and just started, in turns. */
import type { Run } from "../frame/benchmark.ts";
import { inTurn } from "../frame/turns.ts";
import { EventJanus, type MemoryOfBoth, UnableError } from "./event_janus.ts";
import type { Finding } from "./finding.ts";
import { type FreshSample, measureFresh } from "./fresh.ts";
import { type Load, measureInTurns, type Plan as PlanInTurns } from "./in_turns.ts";
import { type Extent, type LoadKey, loadsOf, loadTitle } from "./loads.ts";
import { Machine, type MachineRound } from "./machine.ts";
import { measure } from "./measure.ts";
import type { Placement } from "./placement.ts";
import type { Prepared } from "./prepare.ts";

/** How it is gone about. */
export interface Plan extends PlanInTurns, Extent {}

/** What the comparison found. */
export interface Comparison {
  readonly findings: readonly Finding[];
  /** Of each round. */
  readonly machine: readonly MachineRound[];
  /** Rounds that were done. */
  readonly rounds: number;
  /** What is left out, and why, a line each. */
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
  const watch = stack.use(await Machine.start(idle));
  const machine: MachineRound[] = [];
  const around = async (round: number, work: () => Promise<void>) => {
    const seen = await watch.watch(plan.seconds / 2, async () => {
      await work();
      for (const { contestant, fresh } of inTurn(running.filter(isFresh), round)) {
        run.signal.throwIfAborted();
        fresh.push(await measureFresh(contestant, prepared, plan.placement));
      }
    });
    machine.push(seen);
  };
  const loads = loadsOf(plan);
  const { sampled, rounds, notes: more } = await measureInTurns(
    running,
    loads,
    plan,
    begun,
    run,
    around,
  );
  const findings = running.map(({ contestant, fresh, memory }, i) => ({
    ...{ contestant, fresh, memory },
    samples: sampled[i]!.samples,
  }));
  return { findings, machine, rounds, notes: [...notes, ...more] };
}

type Running = Awaited<ReturnType<typeof begin>>;

function isFresh({ contestant }: Running): boolean {
  return contestant.fresh === true;
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
