/** Entry of the transport's process. @module */
import type { Command } from "../transport/access.ts";
import { Counter, COUNTERS } from "../transport/counters.ts";
import type { RestoredPeer } from "../transport/peer_lifecycle.ts";
import { TransportService } from "../transport/service.ts";
import { transportApis } from "./apis.ts";
import { ConnectionGuard } from "./connection_guard.ts";
import { type Changes, LiveSettings } from "./live.ts";
import { DisabledError, type Plugin, type PluginContext, runPlugin } from "./plugin.ts";
import { openHooks } from "./engines.ts";
import { byClient, refusalOf, type Rights } from "./security/rights.ts";
import { boundEndpoints, openApis, where } from "./sockets.ts";

const MIB = 1024 * 1024;
/** How many times `limits.max_message_size` a frame may have for the client to be told of the limit. */
const CUTOFF_FACTOR = 2;
/** What handshakes and the smallest limits need in any case. */
const CUTOFF_BASE = 65_536;
/** What may wait for peers, as a part of `runtime.max_heap`. */
const BACKLOG_SHARE = 4;

/** What the transport asks about a request; undefined if nobody's rights are limited. */
function authorizer(rights: Rights): ((command: Command) => string | null) | undefined {
  if (rights.janus.size + rights.admin.size === 0) return undefined;
  return ({ name, admin, verb, plugin, query }) =>
    refusalOf(rights, {
      client: name,
      api: admin ? "admin" : "janus",
      verb,
      plugin: plugin ?? null,
      query: query ?? null,
    });
}

function makeTransport(parts: PluginContext<"transport">): Plugin {
  const { checked, context, link, log, configured, changed } = parts;
  const { config, sites } = checked;
  const live = new LiveSettings("transport", config);
  live.apply(configured);
  const { linger, outbox } = config.peers;
  const settings = Object.assign(live.values, { linger: linger * 1000, outbox });
  // libzmq takes it as it is when the socket is opened.
  const cutoff = CUTOFF_BASE + settings.limits.max_message_size * CUTOFF_FACTOR;
  const { authenticator, opened } = openApis(parts, cutoff, transportApis(checked));
  const restored = (parts.state as { peers?: RestoredPeer[] } | undefined)?.peers ?? [];
  for (const { admin, state } of restored) {
    if (state?.shown.name) {
      authenticator.expect(admin ? "admin" : "janus", [{ ...state.shown, name: state.shown.name }]);
    }
  }
  const rights = authorizer({
    janus: byClient(config.security.rights),
    admin: byClient(config.admin_security.rights),
  });
  const routers = [...opened].map(([domain, site]) => {
    const admin = domain === "admin";
    const security = admin ? config.admin_security : config.security;
    return {
      site,
      admin,
      named: security.mechanism !== "null",
      bindSessions: !admin && config.security.bind_sessions,
      rights,
    };
  });
  if (routers.length === 0) {
    throw new DisabledError("disabled (general.enabled and admin.admin_enabled are false)");
  }
  link.counters[Counter.peers] = 0;
  link.counters[Counter.admin_peers] = 0;
  const hooks = openHooks(parts, settings.json);
  const service = new TransportService({
    context,
    link,
    log,
    settings,
    routers,
    hooks,
    restored,
    backlog: config.runtime.max_heap * MIB / BACKLOG_SHARE,
    configure: (changes: Changes) => {
      live.apply(changes);
      hooks?.apply(changes.hooks ?? {}, settings.json);
      if (settings.limits.max_message_size > cutoff) {
        log.info(
          "limits.max_message_size is more than the sockets let through: they are opened anew",
        );
        parts.renew();
      }
      return changed();
    },
  });
  const bound = service.endpoints;
  const apis = [
    ...(bound.janus === null ? [] : [`Janus API ${where(sites.general)} ${bound.janus}`]),
    ...(bound.admin === null ? [] : [`Admin API ${where(sites.admin)} ${bound.admin}`]),
  ];
  const guarded = service.monitors.map((monitor, index) => {
    const { handshakeBytes } = routers[index]!.site;
    return { monitor, handshakeBytes };
  });
  return {
    service,
    guard: new ConnectionGuard(guarded, log),
    authenticator,
    ready: () => ({
      janus_api: bound.janus !== null,
      admin_api: bound.admin !== null,
      json: settings.json,
    }),
    status: () => ({
      endpoints: bound,
      ...live.show(),
      settings: {
        ...live.describe(),
        hooks: { type: "group", keys: hooks?.controllable() ?? {} } as const,
      },
      ...(hooks === null ? {} : { hooks: hooks.status() }),
      counters: Object.fromEntries(COUNTERS.map((name) => [name, { counter: Counter[name] }])),
    }),
    bound: [...boundEndpoints(sites.general), ...boundEndpoints(sites.admin)],
    summary: apis.join(", "),
  };
}

if (import.meta.main) await runPlugin("transport", makeTransport);
