/** What a process says of its modules, checked. @module */
import { MODULE_NAME } from "../sdk/check.ts";
import type { Kind } from "./kinds.ts";
import type { Description } from "./protocol.ts";

const MAX_EVENTS = 64;
const MAX_PROBLEM = 1000;
const ODD = "its process said what makes no sense of it";

/**
 * Reads what a process says.
 *
 * @param loads the modules that it was to load
 * @returns something of each of them, whatever it says
 */
export function readDescriptions(
  payload: Uint8Array,
  loads: ReadonlySet<number>,
  kind: Kind,
): Description[] {
  let said: unknown = null;
  try {
    said = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    // Then nothing is known of any.
  }
  const list: unknown[] = Array.isArray(said) ? said : [];
  const names = new Set<string>();
  const isWanted = (name: unknown) => typeof name === "string" && kind.knows(name);
  return [...loads].map((module) => {
    const one = list.find((one) => own(one, "module") === module);
    const problem = own(one, "problem");
    if (typeof problem === "string") return { module, problem: problem.slice(0, MAX_PROBLEM) };
    const name = own(one, "name");
    const events = own(one, "events");
    const isList = Array.isArray(events) && events.length <= MAX_EVENTS && events.every(isWanted);
    if (!isList || typeof name !== "string" || !MODULE_NAME.test(name) || names.has(name)) {
      return { module, problem: ODD };
    }
    names.add(name);
    return { module, name, events };
  });
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
