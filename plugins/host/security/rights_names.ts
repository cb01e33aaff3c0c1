/** Whether rights and clients go by the same names: a typing error shows here. @module */
import { closestString } from "@std/text/closest-string";
import type { SecurityConfig } from "../config/schema.ts";
import { ANYBODY, byClient } from "./rights.ts";

/** An API, who may connect to it, and what the configuration says that they may do. */
export interface NamedApi {
  readonly section: string;
  /** "the Janus API" */
  readonly title: string;
  readonly config: SecurityConfig;
  readonly names: ReadonlySet<string>;
}

/** So many names stand in a line. */
const MAX_SHOWN = 10;

/** Rights for nobody, and clients without any: one line each. */
export function rightsWarnings(apis: readonly NamedApi[]): string[] {
  const rights = apis.map(({ config }) => byClient(config.rights ?? new Map()));
  const given = new Set(rights.flatMap((each) => [...each.keys()]));
  const known = new Set(apis.flatMap(({ names }) => [...names]));
  const strays = apis.flatMap(({ section }, index) =>
    [...rights[index]!.keys()].filter((name) => name !== ANYBODY && !known.has(name))
      .map((name) => `${section}.rights: ${stray(name, known)}`)
  );
  const limited = [...given].some((name) => name !== ANYBODY);
  const without = apis.flatMap(({ section, title, names }, index) => {
    const own = rights[index]!;
    const others = [...names].filter((name) => !given.has(name));
    if (!limited || own.has(ANYBODY) || others.length === 0) return [];
    const may = own.size > 0
      ? `may do nothing on ${title}; add a group, or * for all others`
      : `may do everything on ${title}; limit it, or all others by *`;
    return [`${section}.rights: no group for ${list(others)}, who ${may}`];
  });
  return [...strays, ...without];
}

function stray(name: string, known: ReadonlySet<string>): string {
  const nearest = known.size === 0 ? "" : `; did you mean ${closestString(name, [...known])}?`;
  return `no client is called ${name}: its rights are nobody's${nearest}`;
}

function list(names: readonly string[]): string {
  const more = names.length - MAX_SHOWN;
  return names.slice(0, MAX_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
