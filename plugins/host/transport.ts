/** Entry of the transport's isolate. @module */
import { Counter, COUNTERS } from "../transport/counters.ts";
import type { RestoredPeer } from "../transport/roster.ts";
import { TransportService } from "../transport/service.ts";
import type { Limits, TransportSettings } from "../transport/settings.ts";
import { TRANSPORT, type TransportConfig } from "./config/schema.ts";
import { controllable } from "./controllable.ts";
import { DisabledError, type Made, type Parts, runIsolate } from "./isolate.ts";

const MIB = 1024 * 1024;
/** A request beyond any reason is cut off by libzmq, and with it the peer's connection. */
const CUTOFF_MIN = 64 * MIB;
/** What may wait for peers, as a part of `runtime.max_heap`. */
const BACKLOG_SHARE = 4;

/** What may be changed at run time, by the names that it has in the configuration. */
interface Changes {
  readonly json?: TransportConfig["general"]["json"];
  readonly events?: boolean;
  readonly limits?: Partial<Limits>;
}

/** The transport's settings, and what can be changed of them. */
class Settings implements TransportSettings {
  json: TransportConfig["general"]["json"];
  events: boolean;
  readonly linger: number;
  readonly outbox: number;
  readonly limits: Limits;

  constructor({ general, peers, limits }: TransportConfig) {
    this.json = general.json;
    this.events = general.events;
    this.linger = peers.linger * 1000;
    this.outbox = peers.outbox;
    this.limits = { ...limits };
  }

  apply({ json, events, limits }: Changes): void {
    this.json = json ?? this.json;
    this.events = events ?? this.events;
    Object.assign(this.limits, limits);
  }
}

function makeTransport(parts: Parts<"transport">): Made {
  const { checked, context, link, log, configured, changed } = parts;
  const { config, sites } = checked;
  const settings = new Settings(config);
  settings.apply(configured);
  const sections = [
    { site: sites.general, admin: false, security: config.security },
    { site: sites.admin, admin: true, security: config.admin_security },
  ];
  const routers = sections.flatMap(({ site, admin, security }) => {
    if (site === null) return [];
    return [{
      ...site.endpoints[0]!,
      admin,
      named: security.mechanism !== "null",
      bindSessions: !admin && config.security.bind_sessions,
      cutoff: Math.max(CUTOFF_MIN, config.limits.max_message_size * 4),
      sndhwm: config.zeromq.sndhwm,
      rcvhwm: config.zeromq.rcvhwm,
      generation: link.generation,
    }];
  });
  if (routers.length === 0) {
    throw new DisabledError("disabled (general.enabled and admin.admin_enabled are false)");
  }
  link.counters[Counter.peers] = 0;
  link.counters[Counter.admin_peers] = 0;
  const service = new TransportService({
    context,
    link,
    log,
    settings,
    routers,
    restored: (parts.state as { peers?: RestoredPeer[] } | undefined)?.peers ?? [],
    backlog: config.runtime.max_heap * MIB / BACKLOG_SHARE,
    configure: (changes: Changes) => {
      settings.apply(changes);
      changed();
    },
  });
  const bound = service.endpoints;
  const apis = [
    ...(bound.janus === null ? [] : [`Janus API on ${bound.janus}`]),
    ...(bound.admin === null ? [] : [`Admin API on ${bound.admin}`]),
  ];
  return {
    service,
    ready: () => ({
      janus_api: bound.janus !== null,
      admin_api: bound.admin !== null,
      json: settings.json,
    }),
    status: () => ({
      endpoints: bound,
      json: settings.json,
      events: settings.events,
      limits: settings.limits,
      settings: {
        ...controllable(TRANSPORT.keys.general, ["json", "events"]),
        ...controllable(TRANSPORT, ["limits"]),
      },
      counters: COUNTERS,
    }),
    endpoints: [bound.janus, bound.admin].filter((endpoint) => endpoint !== null),
    summary: apis.join(", "),
  };
}

if (import.meta.main) await runIsolate("transport", makeTransport);
