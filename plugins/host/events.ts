/** Entry of the event handler's process. @module */
import { describeCounters } from "../events/counters.ts";
import { Drops } from "../events/drops.ts";
import type { PubSettings } from "../events/pub/settings.ts";
import { PubSink } from "../events/pub/sink.ts";
import { EventService } from "../events/service.ts";
import { eventLabels, parseEventMask } from "./config/event_mask.ts";
import { EVENT_HANDLER, type EventHandlerConfig } from "./config/schema.ts";
import { type Controllable, controllable } from "./controllable.ts";
import { DisabledError, type Plugin, type PluginContext, runPlugin } from "./plugin.ts";
import { openFilters } from "./modules.ts";
import { boundEndpoints, openApis, where } from "./sockets.ts";

/** The longest frame (bytes) that is let in: a subscription, or what a handshake says. */
const CUTOFF = 2048;
/** What an event takes on its way (bytes), and a message of many of them at most. */
const [EVENT_BYTES, GROUP_BYTES] = [1024, 1 << 20];

const GENERAL = EVENT_HANDLER.keys.general;

/** What may be changed at run time, by the names that it has in the configuration. */
interface Changes {
  readonly json?: EventHandlerConfig["general"]["json"];
  readonly events?: string;
  readonly grouping?: number | boolean;
  readonly grouping_linger?: number;
  readonly queue?: Partial<EventHandlerConfig["queue"]>;
  readonly filters?: Readonly<Record<string, boolean>>;
}

/** The event handler's settings, and what can be changed of them. */
class Settings implements PubSettings {
  json: EventHandlerConfig["general"]["json"];
  /** Janus's mask. */
  events: number;
  readonly topics: boolean;
  readonly sequence: boolean;
  grouping: number;
  grouping_linger: number;
  readonly queue: EventHandlerConfig["queue"];

  constructor({ general, queue }: EventHandlerConfig) {
    this.json = general.json;
    this.events = general.events;
    this.topics = general.topics;
    this.sequence = general.sequence;
    this.grouping = general.grouping;
    this.grouping_linger = general.grouping_linger;
    this.queue = { ...queue };
  }

  /** What the stub has checked. */
  apply({ json, events, grouping, grouping_linger, queue }: Changes): void {
    this.json = json ?? this.json;
    const parsed = events === undefined ? null : parseEventMask(events);
    if (parsed !== null && "mask" in parsed) this.events = parsed.mask;
    if (typeof grouping === "boolean") this.grouping = grouping ? GENERAL.keys.grouping.switch : 0;
    else this.grouping = grouping ?? this.grouping;
    this.grouping_linger = grouping_linger ?? this.grouping_linger;
    Object.assign(this.queue, queue);
  }

  /** What may be changed. A group of events has no topic of its own, so not both. */
  controllable(): Record<string, Controllable> {
    const grouping = this.topics ? [] : ["grouping", "grouping_linger"];
    return {
      ...controllable(GENERAL, ["json", "events", ...grouping]),
      ...controllable(EVENT_HANDLER, ["queue"]),
    };
  }
}

function makeEvents(parts: PluginContext<"eventhandler">): Plugin {
  const { checked: { config, sites }, context, link, log, configured, changed } = parts;
  const settings = new Settings(config);
  settings.apply(configured);
  const { authenticator, opened } = openApis(parts, CUTOFF, [{
    domain: "events",
    title: "the events",
    section: "security",
    config: config.security,
    sites: sites.general,
    can: "see who calls whom, from where",
  }]);
  const site = opened.get("events");
  if (site === undefined) throw new DisabledError("disabled (general.enabled is false)");
  const filters = openFilters(parts, settings.json);
  const drops = new Drops(link, log);
  const { sndhwm } = config.zeromq;
  const pub = new PubSink({ context, link, log, site, settings, drops, sndhwm });
  const service = new EventService({
    ...{ link, log, drops, sinks: [pub] },
    topics: settings.topics,
    filtering: filters,
    configure: (changes: Changes) => {
      settings.apply(changes);
      filters?.apply(changes.filters ?? {}, settings.json);
      return changed();
    },
  });
  const labels = () => eventLabels(settings.events);
  return {
    service,
    authenticator,
    ready: () => ({ events_mask: settings.events, json: settings.json }),
    status: () => ({
      endpoints: { events: pub.endpoint },
      events: labels(),
      json: settings.json,
      topics: settings.topics,
      numbered: settings.sequence,
      grouping: settings.grouping,
      grouping_linger: settings.grouping_linger,
      queue: settings.queue,
      ...(filters === null ? {} : { filters: filters.status() }),
      ...describeCounters(),
      settings: {
        ...settings.controllable(),
        ...(filters === null
          ? {}
          : { filters: { type: "group", keys: filters.controllable() } as const }),
      },
    }),
    // One copy of a message waits for all subscribers that are slow.
    allowance: () =>
      config.zeromq.sndhwm * Math.min(GROUP_BYTES, EVENT_BYTES * Math.max(1, settings.grouping)),
    bound: boundEndpoints(sites.general),
    summary: `Events (${labels().join(", ") || "none"}) ${where(sites.general)} ${pub.endpoint}`,
  };
}

if (import.meta.main) await runPlugin("eventhandler", makeEvents);
