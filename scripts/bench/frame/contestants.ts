/** What is there to compare on this machine. */
import { exists, findExecutable } from "../../lib/run.ts";
import { missingPackages, type Needs } from "./compile.ts";

/** Servers are not on every user's PATH. */
const PROGRAMS = `${Deno.env.get("PATH") ?? ""}:/usr/sbin`;

/** What may be compared. */
export interface Candidate {
  readonly title: string;
  readonly needs: Needs;
  /** Programs, with Debian's package for each. */
  readonly programs?: Needs;
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
    for (const [program, name] of one.programs ?? []) {
      if (await findExecutable(program, PROGRAMS) === undefined) missing.push(name);
    }
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
