/** The cores on which things run. */
import { capture } from "../../lib/run.ts";

/** Those in Linux's form, as in `0-3,8`. */
export function parseCores(list: string): number[] {
  return list.trim().split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Those that a process or thread may run on. */
export async function coresOf(id: number): Promise<number[]> {
  const status = await Deno.readTextFile(`/proc/${id}/status`);
  return parseCores(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? "0");
}

/** Keeps a thread on a core, or all that a process has. @throws {Error} if it can't be */
export async function keepOn(core: number, id: number, who: "thread" | "process"): Promise<void> {
  const all = who === "process" ? ["--all-tasks"] : [];
  const result = await capture("taskset", [
    ...all,
    "--pid",
    "--cpu-list",
    String(core),
    String(id),
  ]);
  if (result?.code === 0) return;
  const why = result?.stderr ?? "no taskset; apt-get install util-linux";
  throw new Error(`Cannot keep ${who} ${id} on core ${core}: ${why}`);
}
