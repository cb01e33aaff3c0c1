/** Entry of the event handler's isolate. @module */
import { COUNTERS } from "../events/counters.ts";
import { PublisherService } from "../events/publisher.ts";
import { eventLabels } from "./config/event_mask.ts";
import { DisabledError, type Made, type Parts, runIsolate } from "./isolate.ts";

function makeEvents({ checked, context, link, log }: Parts<"eventhandler">): Made {
  const { config, sites } = checked;
  if (sites.general === null) throw new DisabledError("disabled (general.enabled is false)");
  const { sndhwm, rcvhwm } = config.zeromq;
  const options = { ...sites.general.endpoints[0]!, sndhwm, rcvhwm };
  const service = new PublisherService({ context, link, log, options });
  const events = eventLabels(config.general.events);
  return {
    service,
    ready: () => ({ events_mask: config.general.events, json: config.general.json }),
    status: () => ({
      endpoints: { events: service.endpoint },
      events,
      json: config.general.json,
      counters: COUNTERS,
    }),
    endpoints: [service.endpoint],
    summary: `Events (${events.join(", ") || "none"}) on ${service.endpoint}`,
  };
}

if (import.meta.main) await runIsolate("eventhandler", makeEvents);
