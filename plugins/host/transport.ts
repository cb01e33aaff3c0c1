/** Entry of the transport's isolate. @module */
import { Counter, COUNTERS } from "../transport/counters.ts";
import type { RouterOptions } from "../transport/router.ts";
import { type RestoredPeer, TransportService } from "../transport/service.ts";
import { DisabledError, type Made, type Parts, runIsolate } from "./isolate.ts";

function makeTransport({ checked, context, link, log, state }: Parts<"transport">): Made {
  const { config, endpoints } = checked;
  const routers: RouterOptions[] = [];
  for (const [endpoint, admin] of [[endpoints.general, false], [endpoints.admin, true]] as const) {
    if (endpoint === null) continue;
    routers.push({
      ...endpoint,
      admin,
      maxMessageSize: config.limits.max_message_size,
      notify: config.general.events,
      sndhwm: config.zeromq.sndhwm,
      rcvhwm: config.zeromq.rcvhwm,
    });
  }
  if (routers.length === 0) {
    throw new DisabledError("disabled (general.enabled and admin.admin_enabled are false)");
  }
  const restored = (state as { peers?: RestoredPeer[] } | undefined)?.peers ?? [];
  link.counters[Counter.peers] = 0;
  link.counters[Counter.admin_peers] = 0;
  const service = new TransportService({ context, link, log, routers, restored });
  const bound = service.endpoints;
  const apis = [
    ...(bound.janus === null ? [] : [`Janus API on ${bound.janus}`]),
    ...(bound.admin === null ? [] : [`Admin API on ${bound.admin}`]),
  ];
  return {
    service,
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
    endpoints: [bound.janus, bound.admin].filter((endpoint) => endpoint !== null),
    summary: apis.join(", "),
  };
}

if (import.meta.main) await runIsolate("transport", makeTransport);
