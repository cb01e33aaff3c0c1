/** How much memory processes had while something was under way. */
import { type Memory, readMemory } from "../frame/processes.ts";
import { readMemoryNow } from "../events/generating_janus.ts";
import { type PerProcess, PROCESSES, type ProcessKey } from "./stream_janus.ts";

/** How often (ms) it is looked at. The kernel's own peak would count the ring, which comes and goes. */
const LOOK_MS = 50;

/** The memory of a process in MiB: at its peak, and proportional at the end. */
export interface Peak {
  /** What was resident, but for the ring. */
  readonly own: number;
  /** The part of the ring that was. */
  readonly shared: number;
  /** Of `own`, what is in no file: not the program, which several processes have in common. */
  readonly anonymous: number;
  readonly pss: number;
}

/** True for those that share the ring: what others have of shared memory is theirs. */
export function hasRing(key: ProcessKey): boolean {
  return key === "janus" || key === "plugin";
}

/** What is resident but for the ring. */
export function ownMemory(key: ProcessKey, { rss, shared }: Memory): number {
  return hasRing(key) ? rss - shared : rss;
}

/** Has work done, and looks at memory meanwhile. */
export async function watchMemory<T>(
  pids: PerProcess<number>,
  work: () => Promise<T>,
): Promise<[T, PerProcess<Peak>]> {
  const peaks = new Map(PROCESSES.map((key) => [key, { own: 0, shared: 0, anonymous: 0 }]));
  const all = PROCESSES.flatMap((key) =>
    pids[key] === undefined ? [] : [[key, pids[key]] as const]
  );
  const look = async () => {
    for (const [key, pid] of all) {
      const now = await readMemory(pid), { own, shared, anonymous } = peaks.get(key)!;
      peaks.set(key, {
        own: Math.max(own, ownMemory(key, now)),
        shared: Math.max(shared, now.shared),
        anonymous: Math.max(anonymous, now.anonymous),
      });
    }
  };
  let looking: Promise<void> | undefined;
  let failure: unknown;
  const timer = setInterval(() => {
    looking ??= look().catch((error) => failure = error).then(() => looking = undefined);
  }, LOOK_MS);
  try {
    const result = await work();
    await looking;
    if (failure !== undefined) throw failure;
    await look();
    const found = all.map(async ([key, pid]) => {
      const { pss } = await readMemoryNow(pid);
      return [key, { ...peaks.get(key)!, pss }] as const;
    });
    return [result, Object.fromEntries(await Promise.all(found))];
  } finally {
    clearInterval(timer);
  }
}
