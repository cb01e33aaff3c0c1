/** What Linux says of a process: its memory, and the processor time of its threads. */

/** Memory in MiB. */
export interface Memory {
  /** Resident: everything that is mapped and in RAM, shared or not. */
  readonly rss: number;
  /** The most that was resident since the start, or since {@linkcode resetPeak}. */
  readonly peak: number;
  /** Of that: memory of its own, files (programs, libraries), and memory shared with Janus. */
  readonly anonymous: number;
  readonly file: number;
  readonly shared: number;
}

/** The memory in the text of `/proc/<pid>/status`. */
export function parseMemory(status: string): Memory {
  const read = (key: string) => kibibytes(status, key) / 1024;
  return {
    rss: read("VmRSS"),
    peak: read("VmHWM"),
    anonymous: read("RssAnon"),
    file: read("RssFile"),
    shared: read("RssShmem"),
  };
}

function kibibytes(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN);
}

/** The memory of a process now. */
export async function readMemory(pid: number): Promise<Memory> {
  return parseMemory(await Deno.readTextFile(`/proc/${pid}/status`));
}

/** The proportional size (MiB) in the text of `/proc/<pid>/smaps_rollup`. */
export function parsePss(rollup: string): number {
  return kibibytes(rollup, "Pss") / 1024;
}

/** The proportional size of a process now: what it shares counts by its share. */
export async function readPss(pid: number): Promise<number> {
  return parsePss(await Deno.readTextFile(`/proc/${pid}/smaps_rollup`));
}

/** Has the peak of a process's memory count from now on. */
export async function resetPeak(pid: number): Promise<void> {
  await Deno.writeTextFile(`/proc/${pid}/clear_refs`, "5");
}

/** A thread of a process. */
export interface Thread {
  readonly id: number;
  readonly name: string;
  /** Processor time so far, in milliseconds. */
  readonly time: number;
}

/** The threads of a process, in the order in which they were started (as Linux lists them). */
export async function readThreads(pid: number): Promise<Thread[]> {
  const threads: Thread[] = [];
  for await (const { name: id } of Deno.readDir(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${id}`;
    try {
      const name = (await Deno.readTextFile(`${folder}/comm`)).trim();
      const nanoseconds = Number((await Deno.readTextFile(`${folder}/schedstat`)).split(" ")[0]);
      threads.push({ id: Number(id), name, time: nanoseconds / 1e6 });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // the thread has just ended
    }
  }
  return threads;
}

/** Processor time by thread name, in milliseconds. */
export type ThreadTimes = ReadonlyMap<string, number>;

/** The processor time of each thread of a process so far; threads of one name are added up. */
export async function readThreadTimes(pid: number): Promise<ThreadTimes> {
  const times = new Map<string, number>();
  for (const { name, time } of await readThreads(pid)) {
    times.set(name, (times.get(name) ?? 0) + time);
  }
  return times;
}

/** What was used between two readings, in milliseconds. */
export function usedBetween(before: ThreadTimes, after: ThreadTimes): ThreadTimes {
  return new Map([...after].map(([name, time]) => [name, time - (before.get(name) ?? 0)]));
}
