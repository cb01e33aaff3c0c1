/** What is there to compare on this machine. */
import { exists } from "../../lib/run.ts";
import { missingPackages, type Needs } from "./compile.ts";

/** What may be compared. */
export interface Candidate {
  readonly title: string;
  readonly needs: Needs;
}

/** Those that are here. */
export interface Choice<C extends Candidate> {
  readonly contestants: readonly C[];
  /** What is left out, and why, a line each. */
  readonly notes: readonly string[];
  /** The shared object of a contestant. */
  readonly libraries: ReadonlyMap<C, string>;
}

/**
 * Chooses those that have what they need.
 *
 * @param libraryOf the path of a contestant's shared object, which may be compiled for it
 */
export async function choose<C extends Candidate>(
  candidates: readonly C[],
  libraryOf: (one: C) => Promise<string>,
): Promise<Choice<C>> {
  const notes: string[] = [];
  const libraries = new Map<C, string>();
  for (const one of candidates) {
    const missing = await missingPackages(one.needs);
    if (missing.length > 0) {
      notes.push(`${one.title} is left out: apt-get install ${missing.join(" ")}`);
      continue;
    }
    const library = await libraryOf(one);
    if (await exists(library)) libraries.set(one, library);
    else notes.push(`${one.title} is left out: there is no ${library}`);
  }
  return { contestants: [...libraries.keys()], notes, libraries };
}
