/** The APIs of each plugin: where they are found, and what they risk. @module */
import { type Endpoint, isIpv4, type Mode, parseAddress, type Sites } from "./config/endpoint.ts";
import type { CheckedConfig } from "./config/read.ts";
import type { GuardedApi } from "./security/authenticator.ts";

/** An API, and where it is to be found. */
export interface ServedApi extends GuardedApi {
  /** Null where it is not enabled. */
  readonly sites: Sites | null;
  /** What whoever reaches it can do: "use Janus". */
  readonly can: string;
}

/** The transport's APIs. */
export function transportApis({ config, sites }: CheckedConfig<"transport">): ServedApi[] {
  return [
    {
      domain: "janus",
      title: "the Janus API",
      section: "security",
      config: config.security,
      sites: sites.general,
      can: "use Janus",
    },
    {
      domain: "admin",
      title: "the Admin API",
      section: "admin_security",
      config: config.admin_security,
      sites: sites.admin,
      can: "control Janus",
    },
  ];
}

/** The event handler's. */
export function eventApis({ config, sites }: CheckedConfig<"eventhandler">): ServedApi[] {
  return [{
    domain: "events",
    title: "the events",
    section: "security",
    config: config.security,
    sites: sites.general,
    can: "see who calls whom, from where",
  }];
}

/** What an open door is, in words for the log; nothing where there is no reason to worry. */
export function riskOf(
  sites: Sites,
  security: { readonly mechanism: "null" | "plain" | "curve"; readonly allow: readonly string[] },
  what: { readonly title: string; readonly section: string; readonly can: string },
): string | null {
  if (security.mechanism === "curve") return null;
  const exposed = sites.endpoints.filter((site) => !isLocal(site, sites.mode)).map(({ endpoint }) =>
    endpoint
  );
  if (exposed.length === 0) return null;
  const title = what.title.replace(/^the/, "The");
  const many = title.endsWith("s");
  const open = sites.mode === "bind"
    ? many ? "are open" : "is open"
    : many
    ? "connect"
    : "connects";
  const where = `${title} ${open} beyond this machine (${exposed.join(", ")})`;
  if (security.mechanism === "plain") {
    return `${where} with passwords in the clear: whoever listens in on the network learns them.` +
      ` Use ${what.section}.mechanism = "curve"`;
  }
  const whoever = sites.mode === "connect"
    ? "whoever answers there"
    : security.allow.length > 0
    ? `whoever reaches ${many ? "them" : "it"} from an allowed address`
    : `whoever reaches ${many ? "them" : "it"}`;
  return `${where} without authentication or encryption: ${whoever} can ${what.can}.` +
    ` Set ${what.section}.mechanism = "curve"`;
}

function isLocal({ endpoint }: Endpoint, mode: Mode): boolean {
  const parsed = parseAddress(endpoint, mode);
  if (!("address" in parsed)) return false;
  if (parsed.address.scheme === "ipc") return true;
  const { host } = parsed.address;
  if (isIpv4(host)) return host.startsWith("127.");
  return ["[::1]", "lo", "localhost"].includes(host);
}
