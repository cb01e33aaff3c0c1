/** What must hold between keys, once each is fine by itself. */
import type { Findings } from "./check.ts";
import { ANYBODY, namesIn } from "../security/rights.ts";
import type { Sites } from "./endpoint.ts";
import type { SecurityConfig } from "./schema.ts";
import { type EventHandlerConfig, maxMessageSizeFor, ringSizeFor } from "./schema.ts";
import type { TransportConfig } from "./schema.ts";

/** Whether the largest request fits the ring that takes it to Janus. */
export function checkMessageSize({ limits, runtime }: TransportConfig, findings: Findings): void {
  const [size_path, ring_path] = ["limits.max_message_size", "runtime.ring_size"];
  if (findings.hasFailed(size_path) || findings.hasFailed(ring_path)) return;
  const fits = maxMessageSizeFor(runtime.ring_size);
  if (limits.max_message_size <= fits) return;
  findings.fail(
    size_path,
    findings.placeOf(size_path) ?? findings.placeOf(ring_path),
    `${limits.max_message_size} is too large for ${ring_path} = ${runtime.ring_size} MiB,` +
      ` which takes up to ${fits} bytes: set ${ring_path} to` +
      ` ${ringSizeFor(limits.max_message_size)} or more, or ${size_path} to ${fits} or less`,
  );
}

/** A group has events of many topics, so no topic of its own. */
export function checkGrouping({ general }: EventHandlerConfig, findings: Findings): void {
  const path = "general.grouping";
  if (general.grouping < 2 || !general.topics || findings.hasFailed(path)) return;
  findings.fail(
    path,
    findings.placeOf(path),
    `${general.grouping} does not go with general.topics = true, as a group would have many` +
      " topics: leave out one of the two",
  );
}

const NEEDED = {
  null: [],
  plain: ["users"],
  curve: ["secret_key", "clients"],
} as const;

/** Whether a mechanism has the files that it needs; `section` is null where nothing listens. */
export function checkSecurity(
  section: string,
  security: SecurityConfig,
  sites: Sites | null,
  findings: Findings,
): void {
  const { mechanism } = security;
  const mechanism_path = `${section}.mechanism`;
  if (findings.hasFailed(mechanism_path)) return;
  const needed: readonly string[] = NEEDED[mechanism];
  for (const name of ["secret_key", "clients", "users"] as const) {
    const path = `${section}.${name}`;
    const at = findings.placeOf(path) ?? findings.placeOf(mechanism_path);
    if (needed.includes(name)) {
      if (security[name] !== "" || sites === null || findings.hasFailed(path)) continue;
      findings.fail(path, at, `is needed for ${mechanism_path} = "${mechanism}"`);
    } else if (security[name] !== "" && mechanism === "null" && sites !== null) {
      // It was to guard: without a mechanism everybody would be let in.
      findings.fail(path, at, `has no meaning without a mechanism: set ${mechanism_path}`);
    } else if (security[name] !== "") {
      findings.warn(path, at, `has no meaning with ${mechanism_path} = "${mechanism}"`);
    }
  }
}

/** Whether each client has rights of one group alone. */
function checkNames(
  section: string,
  groups: TransportConfig["security"]["rights"],
  findings: Findings,
): void {
  const first = new Map<string, string>();
  for (const [group, { names }] of groups) {
    const path = `${section}.rights.${group}.names`;
    const at = findings.placeOf(path);
    if (group === ANYBODY && names.length > 0) {
      findings.fail(
        path,
        at,
        "* is for all others: give the group of these names a name of its own",
      );
    }
    for (const name of namesIn(group, { names })) {
      const other = first.get(name);
      first.set(name, group);
      if (other === undefined) continue;
      findings.fail(path, at, `${name} has rights in the groups ${other} and ${group}`);
    }
  }
}

/**
 * Whether those that rights are for can have a name at all: they were to guard. Rights count on both
 * APIs; where their own does not listen, they are for the other.
 */
export function checkRights(
  config: TransportConfig,
  sites: ReadonlyMap<string, Sites | null>,
  findings: Findings,
): void {
  const listening = {
    security: sites.get("general") ?? null,
    admin_security: sites.get("admin") ?? null,
  };
  const both = ["security", "admin_security"] as const;
  for (const own of both) {
    checkNames(own, config[own].rights, findings);
    const name = [...config[own].rights.keys()].find((name) => name !== ANYBODY);
    const api = [own, ...both].find((section) => listening[section] !== null);
    if (name === undefined || api === undefined || config[api].mechanism !== "null") continue;
    const mechanism = `${api}.mechanism`;
    if (findings.hasFailed(mechanism)) continue;
    const fault = `nobody has a name without a mechanism: set ${mechanism}, or use *`;
    findings.fail(`${own}.rights.${name}`, findings.placeOf(mechanism), fault);
  }
}
