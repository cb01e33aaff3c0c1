/** From modes, addresses, ports and endpoints to where each section's socket listens or goes. */
import type { Findings } from "./check.ts";
import {
  type Address,
  type Endpoint,
  endpointsClash,
  type Mode,
  parseAddress,
  parseEndpoint,
  type Sites,
  toEndpoint,
} from "./endpoint.ts";
import type { Group } from "./keys.ts";
import { quote } from "./values.ts";

/** A section with a socket, as configured, and the paths of its keys. */
interface Section {
  readonly name: string;
  readonly enabled: boolean;
  readonly mode: Mode;
  readonly address: string;
  readonly port: number;
  readonly endpoints: readonly string[];
  readonly paths: Readonly<Record<"enabled" | "address" | "port" | "endpoints", string>>;
}

/** Puts together where each section's socket listens or goes; null for one that is off or wrong. */
export function checkSites(
  schema: Group,
  config: object,
  findings: Findings,
): Map<string, Sites | null> {
  const sections = sectionsOf(schema, config);
  const sites = new Map<string, Sites | null>();
  for (const section of sections) {
    const endpoints = section.endpoints.length > 0
      ? listedEndpoints(section, findings)
      : singleEndpoint(section, findings);
    if (!section.enabled || endpoints.length === 0) {
      sites.set(section.name, null);
      continue;
    }
    if (section.mode === "bind") checkClashes(section, endpoints, sites, findings);
    sites.set(section.name, { mode: section.mode, endpoints });
  }
  if (sections.every(({ enabled }) => !enabled)) {
    const keys = sections.map(({ paths }) => paths.enabled).join(" and ");
    findings.warn("", null, `nothing to do, since ${keys} say no`);
  }
  return sites;
}

function sectionsOf(schema: Group, config: object): Section[] {
  const sections: Section[] = [];
  for (const [name, group] of Object.entries(schema.keys)) {
    if (group.type !== "group") continue;
    const values = (config as Record<string, Record<string, unknown>>)[name] ?? {};
    for (const [key_name, key] of Object.entries(group.keys)) {
      if (key.type !== "endpoint") continue;
      sections.push({
        name,
        enabled: values[key.enabled] === true,
        mode: values[key.mode] as Mode,
        address: String(values[key_name]),
        port: Number(values[key.port]),
        endpoints: values[key.endpoints] as readonly string[],
        paths: {
          enabled: `${name}.${key.enabled}`,
          address: `${name}.${key_name}`,
          port: `${name}.${key.port}`,
          endpoints: `${name}.${key.endpoints}`,
        },
      });
    }
  }
  return sections;
}

/** The endpoints of a list; none if one of them is wrong. */
function listedEndpoints(section: Section, findings: Findings): Endpoint[] {
  const { paths, mode, port } = section;
  const at = findings.placeOf(paths.endpoints);
  for (const path of [paths.address, paths.port]) {
    if (!findings.isGiven(path)) continue;
    findings.warn(path, findings.placeOf(path), `is not used: ${paths.endpoints} replaces it`);
  }
  const endpoints: Endpoint[] = [];
  let failed = false;
  for (const text of section.endpoints) {
    const parsed = parseEndpoint(text, mode);
    if ("address" in parsed) {
      endpoints.push(toEndpoint(parsed.address, port));
    } else {
      findings.fail(paths.endpoints, at, `${quote(text)} ${parsed.fault}`);
      failed = true;
    }
  }
  return failed ? [] : endpoints;
}

/** The endpoint of address and port; none if one of them has a problem. */
function singleEndpoint(section: Section, findings: Findings): Endpoint[] {
  const { address, port, paths, mode } = section;
  if (findings.hasFailed(paths.address)) return [];
  const parsed = parseAddress(address, mode);
  if ("fault" in parsed) {
    const at = findings.placeOf(paths.address);
    findings.fail(paths.address, at, `${quote(address)} ${parsed.fault}`);
    return [];
  }
  if (section.enabled && findings.isGiven(paths.port) && !findings.hasFailed(paths.port)) {
    checkPort(section, parsed.address, findings);
  }
  return findings.hasFailed(paths.port) ? [] : [toEndpoint(parsed.address, port)];
}

function checkPort(section: Section, address: Address, findings: Findings): void {
  const { paths, port } = section;
  const at = findings.placeOf(paths.port);
  if (address.scheme === "ipc") {
    findings.warn(paths.port, at, `has no meaning with ${section.address}, which has no ports`);
  } else if (address.port !== null && address.port !== port) {
    const has = `${paths.address} has a port of its own (${address.port}), which counts`;
    findings.warn(paths.port, at, `${port} is not used: ${has}`);
  }
}

/** No endpoint can be bound twice, be it by one section or by two. */
function checkClashes(
  { name, paths }: Section,
  endpoints: readonly Endpoint[],
  others: ReadonlyMap<string, Sites | null>,
  findings: Findings,
): void {
  const listed = findings.isGiven(paths.endpoints);
  const path = listed ? paths.endpoints : paths.address;
  const at = findings.placeOf(path) ?? findings.placeOf(paths.port);
  const taken = [...others].flatMap(([section, sites]) =>
    sites?.mode === "bind" ? sites.endpoints.map((endpoint) => ({ section, endpoint })) : []
  );
  for (const endpoint of endpoints) {
    const clash = taken.find((earlier) => endpointsClash(endpoint, earlier.endpoint));
    if (clash !== undefined) {
      findings.fail(
        path,
        at,
        `${endpoint.endpoint} is taken by section ${clash.section} (${clash.endpoint.endpoint}):` +
          " they need different ports or paths",
      );
    }
    taken.push({ section: name, endpoint });
  }
}
