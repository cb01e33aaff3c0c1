/** Reads the configuration of a plugin: one schema for both formats. */
import { checkRoot, Findings } from "./check.ts";
import type { Sites } from "./endpoint.ts";
import type { Group } from "./keys.ts";
import { checkGrouping, checkMessageSize, checkRights, checkSecurity } from "./rules.ts";
import { checkModulePlaces } from "./module_places.ts";
import {
  type ConfigOf,
  type EventHandlerConfig,
  type PluginKind,
  SCHEMAS,
  type TransportConfig,
} from "./schema.ts";
import { checkSites } from "./sites.ts";
import {
  type ConfigSource,
  findDifference,
  type Node,
  readJanusTree,
  readJsonc,
} from "./source.ts";
import type { OtherSchema } from "./unknown_names.ts";

/** What keys may be from that a plugin does not have. */
const OTHERS: Record<PluginKind, OtherSchema> = {
  transport: { schema: SCHEMAS.eventhandler, title: "event handler" },
  eventhandler: { schema: SCHEMAS.transport, title: "transport" },
};

/** Where each section's socket is, by the section's name; null for one that is not enabled. */
export type SitesOf<K extends PluginKind> = K extends "transport"
  ? { readonly general: Sites | null; readonly admin: Sites | null }
  : { readonly general: Sites | null };

/** A configuration that can be used. */
export interface CheckedConfig<K extends PluginKind> {
  readonly config: ConfigOf<K>;
  readonly sites: SitesOf<K>;
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
 * const { config, sites } = readConfig("transport", source);
 * console.log(config.general.json, sites.general?.endpoints); // plain [ { endpoint: "tcp://...
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
  const config = checkRoot<Group>(SCHEMAS[kind], root, findings, OTHERS[kind]) as ConfigOf<K>;
  const sites = checkSites(SCHEMAS[kind], config, findings);
  checkRules(kind, config, sites, findings);
  const path = source.format === "none" ? "" : source.path;
  checkPlaces(kind, config, path.slice(0, Math.max(0, path.lastIndexOf("/"))), findings);
  if (findings.problems.length > 0) throw new ConfigError(findings.problems, findings.warnings);
  return {
    config,
    sites: Object.fromEntries(sites) as unknown as SitesOf<K>,
    warnings: findings.warnings,
  };
}

function checkPlaces(
  kind: PluginKind,
  config: TransportConfig | EventHandlerConfig,
  folder: string,
  findings: Findings,
): void {
  if (kind === "eventhandler") {
    const { filters, security } = config as EventHandlerConfig;
    return checkModulePlaces("filters", filters, folder, [security], findings);
  }
  const { hooks, security, admin_security } = config as TransportConfig;
  checkModulePlaces("hooks", hooks, folder, [security, admin_security], findings);
}

function checkRules(
  kind: PluginKind,
  config: TransportConfig | EventHandlerConfig,
  sites: ReadonlyMap<string, Sites | null>,
  findings: Findings,
): void {
  checkSecurity("security", config.security, sites.get("general") ?? null, findings);
  if (kind !== "transport") return checkGrouping(config as EventHandlerConfig, findings);
  const transport = config as TransportConfig;
  checkSecurity("admin_security", transport.admin_security, sites.get("admin") ?? null, findings);
  checkRights(transport, sites, findings);
  checkMessageSize(transport, findings);
}

/** What the stub goes by, and what is checked here, must be the same. */
function checkAgreement(
  { fault, tree }: ConfigSource & { format: "jsonc" },
  root: Node | null,
  findings: Findings,
): void {
  if (fault !== undefined) return void findings.problems.push(fault);
  const different = tree === undefined || root === null ? null : findDifference(root, tree);
  if (different !== null) findings.fail(different, null, "this can be read in two ways");
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
      if (faults.length === 0) checkAgreement(source, root, findings);
      return root;
    }
  }
}
