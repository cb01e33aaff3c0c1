/**
 * On which cores events are made and handed over.
 *
 * Left to themselves, the generator and Janus's event thread share a core with a handler that does
 * nothing, and mostly have one each with ours. Pinned to one core, an event costs the event thread
 * 2.1 us with nothing and 2.9 us with ours; pinned to one each, 6.3 and 7.4 us, presumably as it
 * goes from one core's cache to the other's. So what a handler adds can only be told with both at
 * the same place.
 */
import { UsageError } from "../../lib/command_line.ts";
import { coresOf, keepOn } from "../frame/cores.ts";
import { readThreads } from "../frame/processes.ts";
import { threadsOf } from "./cpu_times.ts";

/** Both on one core, one core each, or wherever Linux has them. */
export const PLACEMENTS = ["one", "two", "free"] as const;

/** One of {@linkcode PLACEMENTS}. */
export type Placement = (typeof PLACEMENTS)[number];

/** What each means to the reader. */
export const PLACED: Readonly<Record<Placement, string>> = {
  one: "Janus makes events and hands them over on one core",
  two: "Janus makes events on one core and hands them over on another",
  free: "Janus makes events and hands them over wherever Linux has its threads",
};

/** Understands `--cores`; left out, it is `free`. @throws {UsageError} for what is none of {@linkcode PLACEMENTS} */
export function parsePlacement(text: string | undefined): Placement {
  if (text === undefined) return "free";
  const found = PLACEMENTS.find((one) => one === text);
  if (found === undefined) {
    throw new UsageError(`--cores must be one of ${PLACEMENTS.join(", ")}, not "${text}"`);
  }
  return found;
}

/** Puts a Janus's generator and event thread in their place. @throws {Error} if that can't be */
export async function placeThreads(pid: number, placement: Placement): Promise<void> {
  if (placement === "free") return;
  const cores = await coresOf(pid);
  const [generators, handsOver] = [cores[0]!, placement === "one" ? cores[0]! : cores[1]];
  if (handsOver === undefined) {
    throw new Error("Cannot give threads a core each: there is only one");
  }
  const { generator, event } = threadsOf(await readThreads(pid));
  await keepOn(generators, generator.id, "thread");
  await keepOn(handsOver, event.id, "thread");
}
