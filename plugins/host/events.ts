/** Entry of the event handler's isolate. @module */
import { COUNTERS } from "../events/counters.ts";
import { PublisherService } from "../events/publisher.ts";
import { eventLabels } from "./config/event_mask.ts";
import { DisabledError, type Made, type Parts, runIsolate } from "./isolate.ts";
import { boundEndpoints, openGate, where } from "./sockets.ts";

function makeEvents(parts: Parts<"eventhandler">): Made {
  const { checked: { config, sites }, context, link, log } = parts;
  const { gate, opened } = openGate(parts, [{
    domain: "events",
    title: "the events",
    section: "security",
    config: config.security,
    sites: sites.general,
    can: "see who calls whom, from where",
  }]);
  const site = opened.get("events");
  if (site === undefined) throw new DisabledError("disabled (general.enabled is false)");
  const service = new PublisherService({ context, link, log, site });
  const events = eventLabels(config.general.events);
  return {
    service,
    gate,
    ready: () => ({ events_mask: config.general.events, json: config.general.json }),
    status: () => ({
      endpoints: { events: service.endpoint },
      events,
      json: config.general.json,
      counters: COUNTERS,
    }),
    bound: boundEndpoints(sites.general),
    summary: `Events (${events.join(", ") || "none"}) ${where(sites.general)} ${service.endpoint}`,
  };
}

if (import.meta.main) await runIsolate("eventhandler", makeEvents);
