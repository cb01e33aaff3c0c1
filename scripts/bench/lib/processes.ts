/** What Linux says of a process: its memory, and the processor time of its threads. */

/** Memory in MiB. */
export interface Memory {
  /** Resident: everything that is mapped and in RAM, shared or not. */
  readonly rss: number;
  /** Of that: memory of its own, files (programs, libraries), and memory shared with Janus. */
  readonly anonymous: number;
  readonly file: number;
  readonly shared: number;
}

/** The memory in the text of `/proc/<pid>/status`. */
export function parseMemory(status: string): Memory {
  const read = (key: string) => {
    const kibibytes = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
    return Number(kibibytes ?? Number.NaN) / 1024;
  };
  return {
    rss: read("VmRSS"),
    anonymous: read("RssAnon"),
    file: read("RssFile"),
    shared: read("RssShmem"),
  };
}

/** The memory of a process now. */
export async function readMemory(pid: number): Promise<Memory> {
  return parseMemory(await Deno.readTextFile(`/proc/${pid}/status`));
}

/** Processor time by thread name, in milliseconds. */
export type ThreadTimes = ReadonlyMap<string, number>;

/** The processor time of each thread of a process so far; threads of one name are added up. */
export async function readThreadTimes(pid: number): Promise<ThreadTimes> {
  const times = new Map<string, number>();
  for await (const { name: id } of Deno.readDir(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${id}`;
    try {
      const name = (await Deno.readTextFile(`${folder}/comm`)).trim();
      const nanoseconds = Number((await Deno.readTextFile(`${folder}/schedstat`)).split(" ")[0]);
      times.set(name, (times.get(name) ?? 0) + nanoseconds / 1e6);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // the thread has just ended
    }
  }
  return times;
}

/** What was used between two readings, in milliseconds. */
export function usedBetween(before: ThreadTimes, after: ThreadTimes): ThreadTimes {
  return new Map([...after].map(([name, time]) => [name, time - (before.get(name) ?? 0)]));
}
