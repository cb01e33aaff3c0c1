/** Entry of the transport's isolate. @module */
import { Counter, COUNTERS } from "../transport/counters.ts";
import type { RouterOptions } from "../transport/router.ts";
import { type RestoredPeer, TransportService } from "../transport/service.ts";
import { DisabledError, type Made, type Parts, runIsolate } from "./isolate.ts";
import { openGate, where } from "./sockets.ts";

function makeTransport(parts: Parts<"transport">): Made {
  const { checked: { config, sites }, context, link, log, state } = parts;
  const { gate, opened } = openGate(parts, [
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
  ]);
  const routers = [...opened].map(([domain, site]): RouterOptions => ({
    site,
    admin: domain === "admin",
    maxMessageSize: config.limits.max_message_size,
    notify: config.general.events,
  }));
  if (routers.length === 0) {
    throw new DisabledError("disabled (general.enabled and admin.admin_enabled are false)");
  }
  const restored = (state as { peers?: RestoredPeer[] } | undefined)?.peers ?? [];
  link.counters[Counter.peers] = 0;
  link.counters[Counter.admin_peers] = 0;
  const service = new TransportService({ context, link, log, routers, restored });
  const bound = service.endpoints;
  const apis = [
    ...(bound.janus === null ? [] : [`Janus API ${where(sites.general)} ${bound.janus}`]),
    ...(bound.admin === null ? [] : [`Admin API ${where(sites.admin)} ${bound.admin}`]),
  ];
  return {
    service,
    gate,
    ready: {
      janus_api: bound.janus !== null,
      admin_api: bound.admin !== null,
      json: config.general.json,
    },
    status: {
      endpoints: bound,
      max_message_size: config.limits.max_message_size,
      events: config.general.events,
      counters: COUNTERS,
    },
    summary: apis.join(", "),
  };
}

if (import.meta.main) await runIsolate("transport", makeTransport);
