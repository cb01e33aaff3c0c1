/** Whether everything is connected, and there is room for more: for load balancers. @module */
import type { Model } from "../model.ts";

/** What is answered. */
export interface Readiness {
  readonly status: 200 | 400 | 503;
  readonly text: string;
}

/** What may be asked. */
const PARAMETERS: readonly string[] = ["server", "max_sessions", "max_cpu"];

/**
 * Looks at the servers, all of them or the one that `server` names (by name or place).
 *
 * @param query may have `max_sessions`, and `max_cpu` (percent of all cores)
 * @param cpu how busy this machine is (percent); null if that is not known
 */
export function readiness(model: Model, query: URLSearchParams, cpu: number | null): Readiness {
  const names = [...query.keys()];
  const odd = names.find((name, at) => !PARAMETERS.includes(name) || names.indexOf(name) !== at);
  if (odd !== undefined) {
    return { status: 400, text: `There are, once each: ${PARAMETERS.join(", ")}` };
  }
  const wanted = query.get("server");
  const servers = model.servers.filter(({ id, name }) =>
    wanted === null || wanted === name || wanted === String(id)
  );
  if (servers.length === 0) return { status: 400, text: "There is no such server" };
  const limits = { sessions: limit(query, "max_sessions"), cpu: limit(query, "max_cpu") };
  if (Number.isNaN(limits.sessions) || Number.isNaN(limits.cpu)) {
    return { status: 400, text: "max_sessions and max_cpu must be numbers from 0 on" };
  }
  const problems: string[] = [];
  let sessions = 0;
  for (const server of servers) {
    if (!server.ready) problems.push(`${server.name}: not connected`);
    sessions += server.inventory.sessionCount;
  }
  if (sessions > limits.sessions) problems.push(`${sessions} sessions`);
  if (limits.cpu < Infinity && cpu === null) problems.push("the processor's load is not known");
  if ((cpu ?? 0) > limits.cpu) problems.push(`processor ${Math.round(cpu!)} % busy`);
  return problems.length === 0
    ? { status: 200, text: "ready" }
    : { status: 503, text: problems.join("\n") };
}

function limit(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null) return Infinity;
  const number = text === "" ? NaN : Number(text);
  return number >= 0 ? number : NaN;
}
