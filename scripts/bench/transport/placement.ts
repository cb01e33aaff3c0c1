/** On which cores everything runs: Janus, the plugin's process, brokers and clients. */
import { UsageError } from "../../lib/command_line.ts";
import { coresOf, keepOn } from "../frame/cores.ts";

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
  const [core = 0] = await coresOf(Deno.pid);
  await keepOn(core, Deno.pid, "process");
}
