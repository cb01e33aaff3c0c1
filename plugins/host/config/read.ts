/** Reads the configuration of a plugin: one schema for both formats. */
import { checkRoot, Findings } from "./check.ts";
import { type Endpoint, endpointsClash, parseAddress, toEndpoint } from "./endpoint.ts";
import type { Group } from "./keys.ts";
import {
  type ConfigOf,
  maxMessageSizeFor,
  type PluginKind,
  ringSizeFor,
  SCHEMAS,
  type TransportConfig,
} from "./schema.ts";
import { type ConfigSource, type Node, readJanusTree, readJsonc } from "./source.ts";

/** Where each section listens, by the section's name; null for one that is not enabled. */
export type EndpointsOf<K extends PluginKind> = K extends "transport"
  ? { readonly general: Endpoint | null; readonly admin: Endpoint | null }
  : { readonly general: Endpoint | null };

/** A configuration that can be used. */
export interface CheckedConfig<K extends PluginKind> {
  readonly config: ConfigOf<K>;
  readonly endpoints: EndpointsOf<K>;
  /** One line each, to be logged. */
  readonly warnings: readonly string[];
}

/** Thrown for a configuration that cannot be used. Its message is all its problems. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** One line each: file, place where known, key, what is wrong, what is allowed. */
  readonly problems: readonly string[];
  /** What was noticed besides, as with a configuration that can be used. */
  readonly warnings: readonly string[];

  constructor(problems: readonly string[], warnings: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
    this.warnings = warnings;
  }
}

/**
 * Checks a configuration of one plugin and fills in the defaults.
 *
 * ```ts
 * import { readConfig } from "./read.ts";
 *
 * const text = '{ "general": { "port": 5600, "json": "plain" } }';
 * const source = { format: "jsonc", path: "janus.transport.zeromq.jsonc", text } as const;
 * const { config, endpoints } = readConfig("transport", source);
 * console.log(config.general.json, endpoints.general?.endpoint); // plain tcp://127.0.0.1:5600
 * ```
 *
 * @throws {ConfigError} with every problem there is, not the first alone.
 */
export function readConfig<K extends PluginKind>(kind: K, source: ConfigSource): CheckedConfig<K> {
  const findings = new Findings(source.format === "none" ? "defaults" : source.path);
  const root = readSource(source, findings);
  if (source.format === "jsonc" && root === null) {
    throw new ConfigError(findings.problems, findings.warnings);
  }
  const config = checkRoot<Group>(SCHEMAS[kind], root, findings) as ConfigOf<K>;
  const endpoints = checkEndpoints(listenersOf(SCHEMAS[kind], config), findings);
  if (kind === "transport") checkMessageSize(config as TransportConfig, findings);
  if (findings.problems.length > 0) throw new ConfigError(findings.problems, findings.warnings);
  return {
    config,
    endpoints: Object.fromEntries(endpoints) as unknown as EndpointsOf<K>,
    warnings: findings.warnings,
  };
}

function readSource(source: ConfigSource, findings: Findings): Node | null {
  switch (source.format) {
    case "none":
      return null;
    case "jcfg":
      return readJanusTree(source.tree);
    case "jsonc": {
      const { root, faults } = readJsonc(source.text);
      for (const { at, text } of faults) findings.fail("", at, text);
      return root;
    }
  }
}

/** A section that can listen, as configured. */
interface Listener {
  readonly section: string;
  readonly enabled: boolean;
  readonly address: string;
  readonly port: number;
  readonly paths: { readonly enabled: string; readonly address: string; readonly port: string };
}

function listenersOf(schema: Group, config: object): Listener[] {
  const listeners: Listener[] = [];
  for (const [section, group] of Object.entries(schema.keys)) {
    if (group.type !== "group") continue;
    const values = (config as Record<string, Record<string, unknown>>)[section] ?? {};
    for (const [name, key] of Object.entries(group.keys)) {
      if (key.type !== "endpoint") continue;
      listeners.push({
        section,
        enabled: values[key.enabled] === true,
        address: String(values[name]),
        port: Number(values[key.port]),
        paths: {
          enabled: `${section}.${key.enabled}`,
          address: `${section}.${name}`,
          port: `${section}.${key.port}`,
        },
      });
    }
  }
  return listeners;
}

/** Where each section listens, once addresses and ports are put together. */
function checkEndpoints(
  listeners: readonly Listener[],
  findings: Findings,
): Map<string, Endpoint | null> {
  const endpoints = new Map<string, Endpoint | null>();
  for (const listener of listeners) {
    const endpoint = listener.enabled ? endpointOf(listener, findings) : null;
    for (const [section, earlier] of endpoints) {
      if (endpoint === null || earlier === null || !endpointsClash(endpoint, earlier)) continue;
      const { address } = listener.paths;
      findings.fail(
        address,
        findings.placeOf(address) ?? findings.placeOf(listener.paths.port),
        `${endpoint.endpoint} is taken by section ${section} (${earlier.endpoint}):` +
          " they need different ports or paths",
      );
    }
    endpoints.set(listener.section, endpoint);
  }
  if (listeners.every(({ enabled }) => !enabled)) {
    const keys = listeners.map(({ paths }) => paths.enabled).join(" and ");
    findings.warn("", null, `nothing to do, since ${keys} say no`);
  }
  return endpoints;
}

/** Null if a value that it is made of has a problem. */
function endpointOf({ address, port, paths }: Listener, findings: Findings): Endpoint | null {
  const parsed = parseAddress(address);
  if ("fault" in parsed || findings.hasFailed(paths.address)) return null;
  if (findings.isGiven(paths.port) && !findings.hasFailed(paths.port)) {
    const at = findings.placeOf(paths.port);
    if (parsed.address.scheme === "ipc") {
      findings.warn(paths.port, at, `has no meaning with ${address}, which has no ports`);
    } else if (parsed.address.port !== null && parsed.address.port !== port) {
      const has = `${paths.address} has a port of its own (${parsed.address.port}), which counts`;
      findings.warn(paths.port, at, `${port} is not used: ${has}`);
    }
  }
  return findings.hasFailed(paths.port) ? null : toEndpoint(parsed.address, port);
}

/** Whether the largest request fits the ring that takes it to Janus. */
function checkMessageSize({ limits, runtime }: TransportConfig, findings: Findings): void {
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
