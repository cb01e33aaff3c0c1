/** Compiles what the benchmark is made of, and finds out what can be compared here. */
import { findJanusFolders } from "../../lib/janus_folders.ts";
import type { Needs } from "../frame/compile.ts";
import { type Choice, choose } from "../frame/contestants.ts";
import {
  compileGenerator,
  compileSubscriber,
  libraryOf,
  makeWorkFolder,
} from "../events/prepare.ts";
import { type Contestant, CONTESTANTS } from "./contestants.ts";

/** What is there to compare. */
export interface Prepared extends Choice<Contestant> {
  /** The plugin that makes the events. */
  readonly generator: string;
}

/** What the consumer of each engine's stream needs. */
const CONSUMER_NEEDS: Readonly<Record<string, Needs>> = { nats: [] };

/** Compiles. @throws {Error} with the compiler's words, or when our handler isn't built */
export async function prepare(): Promise<Prepared> {
  await makeWorkFolder();
  const stock = (await findJanusFolders()).events;
  const choice = await choose(CONTESTANTS, (one) => libraryOf(one, stock));
  if (choice.contestants[0]?.key !== "stream") {
    throw new Error(`Cannot measure our event handler. ${choice.notes[0]}`);
  }
  for (const { backend, needs, engine } of choice.contestants) {
    if (backend !== undefined) await compileSubscriber(backend, needs);
    if (engine !== undefined) await compileSubscriber(engine, CONSUMER_NEEDS[engine]!);
  }
  return { ...choice, generator: await compileGenerator() };
}
