/** Entry of the event handler's process. @module */
import { describeCounters } from "../events/counters.ts";
import { Drops } from "../events/drops.ts";
import { PubSink } from "../events/pub/sink.ts";
import { EventService } from "../events/service.ts";
import { eventApis } from "./apis.ts";
import { describeMask } from "./config/event_mask.ts";
import { type Changes, LiveSettings } from "./live.ts";
import { DisabledError, type Plugin, type PluginContext, runPlugin } from "./plugin.ts";
import { openFilters } from "./engines.ts";
import { openStream } from "./stream.ts";
import type { Log } from "../janus/log.ts";
import type { StreamSink } from "../stream/sink.ts";
import { boundEndpoints, openApis, where } from "./sockets.ts";

/** The longest frame (bytes) that is let in: a subscription, or what a handshake says. */
const CUTOFF = 2048;
/** What an event takes on its way (bytes), and a message of many of them at most. */
const [EVENT_BYTES, GROUP_BYTES] = [1024, 1 << 20];

/** The stream, where there is one, can be switched off and on. */
const SWITCH = { type: "group", keys: { enabled: { type: "boolean" } } } as const;
/** What is for the stream is brought away after Janus has ended, for so long (ms) at most. */
const OUTLIVE_MS = 500;

function makeEvents(parts: PluginContext<"eventhandler">): Plugin {
  const { checked, context, link, log, configured, changed } = parts;
  const { config, sites } = checked;
  const live = new LiveSettings("eventhandler", config);
  live.apply(configured);
  const settings = live.values;
  const { authenticator, opened } = openApis(parts, CUTOFF, eventApis(checked));
  const site = opened.get("events");
  if (site === undefined) throw new DisabledError("disabled (general.enabled is false)");
  const filters = openFilters(parts, settings.json);
  const drops = new Drops(link, log);
  const { sndhwm } = config.zeromq;
  const pub = new PubSink({
    context,
    link,
    log,
    site,
    settings,
    drops,
    sndhwm,
    alone: !config.stream.enabled,
  });
  const stream = openStream(parts, drops);
  const service = new EventService({
    ...{ link, log, drops, sinks: stream === null ? [pub] : [pub, stream] },
    filtering: filters,
    configure: (changes: Changes) => {
      live.apply(changes);
      filters?.apply(changes.filters ?? {}, settings.json);
      if (stream !== null) switchStream(stream, changes.stream?.enabled, log);
      return changed();
    },
  });
  return {
    service,
    authenticator,
    ready: () => ({ events_mask: settings.events, json: settings.json }),
    status: () => ({
      endpoints: { events: pub.endpoint },
      topics: settings.topics,
      numbered: settings.sequence,
      ...live.show(),
      ...(filters === null ? {} : { filters: filters.status() }),
      ...(stream === null ? {} : { stream: stream.status() }),
      ...describeCounters(),
      settings: {
        ...live.describe(),
        filters: { type: "group", keys: filters?.controllable() ?? {} } as const,
        ...(stream === null ? {} : { stream: SWITCH }),
      },
    }),
    // One copy of a message waits for all subscribers that are slow.
    allowance: () =>
      config.zeromq.sndhwm * Math.min(GROUP_BYTES, EVENT_BYTES * Math.max(1, settings.grouping)),
    ...(stream === null ? {} : { outlive: OUTLIVE_MS }),
    bound: boundEndpoints(sites.general),
    summary: `Events (${describeMask(settings.events)}) ${where(sites.general)} ${pub.endpoint}`,
  };
}

function switchStream(stream: StreamSink, enabled = stream.enabled, log: Log): void {
  if (enabled === stream.enabled) return;
  stream.enabled = enabled;
  log.info(`The stream is switched ${enabled ? "on" : "off"}`);
}

if (import.meta.main) await runPlugin("eventhandler", makeEvents);
