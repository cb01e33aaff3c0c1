/** On which cores everything runs: Janus, the plugin's process, brokers and clients. */
import { UsageError } from "../../lib/command_line.ts";
import { capture } from "../../lib/run.ts";

/** Wherever Linux has its threads, as in operation, or all on one core. */
export const PLACED = {
  free: "Every thread runs where Linux has it",
  one: "Janus, the plugin's process, brokers and clients share one core",
} as const;

/** One of {@linkcode PLACED}. */
export type Placement = keyof typeof PLACED;

/** Understands `--cores`. @throws {UsageError} for what is none of {@linkcode PLACED} */
export function parsePlacement(text: string | undefined): Placement {
  if (text === undefined || text === "free" || text === "one") return text ?? "free";
  throw new UsageError(`--cores must be free or one, not "${text}"`);
}

/** Puts this process, and with it all that it starts from now on. @throws {Error} if it can't be */
export async function place(placement: Placement): Promise<void> {
  if (placement === "free") return;
  const status = await Deno.readTextFile("/proc/self/status");
  const core = /^Cpus_allowed_list:\s*(\d+)/m.exec(status)?.[1] ?? "0";
  const args = ["--all-tasks", "--pid", "--cpu-list", core, String(Deno.pid)];
  const result = await capture("taskset", args);
  if (result?.code === 0) return;
  const why = result?.stderr ?? "no taskset; apt-get install util-linux";
  throw new Error(`Cannot stay on core ${core}: ${why}`);
}
