/** What each event must look like, down to its last key: `plugins/janus/events.ts` at run time. */
import type { ModuleInfo, ServerDescription } from "../../../plugins/janus/api.ts";
import type {
  DataStatistics,
  MediaStatistics,
  RtpStatistics,
  SelectedCandidate,
  ServerEvent,
} from "../../../plugins/janus/events.ts";
import type { JanusId } from "../../../plugins/janus/ids.ts";
import {
  anyObject,
  either,
  flag,
  just,
  list,
  object,
  oneOf,
  optional,
  record,
  type Shape,
  tagged,
  text,
  whole,
} from "./shape.ts";

/** What tells one event from another: its type, and its subtype where it has one. */
export type EventKey = KeyOf<ServerEvent>;

type KeyOf<E> = E extends { type: infer T extends number; subtype: infer S extends number }
  ? `${T}.${S}`
  : E extends { type: infer T extends number } ? `${T}`
  : never;

/** The event that a key stands for. */
export type EventOf<K extends EventKey> = K extends
  `${infer T extends number}.${infer S extends number}`
  ? Extract<ServerEvent, { type: T; subtype: S }>
  : K extends `${infer T extends number}` ? Extract<ServerEvent, { type: T }>
  : never;

const id: Shape<JanusId> = (value, at) => {
  if (typeof value === "bigint" && value > 0n) return undefined;
  return Number.isSafeInteger(value) && Number(value) > 0 ? undefined : `${at} is no id`;
};

const FIELDS = { emitter: text, timestamp: whole };
const OF_HANDLE = { ...FIELDS, session_id: id, handle_id: id, opaque_id: optional(text) };
const OF_COMPONENT = { stream_id: whole, component_id: whole };

const candidate = object<SelectedCandidate>({
  address: text,
  port: whole,
  type: text,
  transport: text,
  family: whole,
});

const rtpStatistics = object<RtpStatistics>({
  mid: text,
  mindex: whole,
  media: oneOf({ audio: true, video: true, "video-sim1": true, "video-sim2": true }),
  codec: optional(text),
  base: whole,
  rtt: optional(whole),
  "rtt-values": optional(object({ ntp: whole, lsr: whole, dlsr: whole })),
  lost: whole,
  "lost-by-remote": whole,
  "jitter-local": whole,
  "jitter-remote": whole,
  "in-link-quality": whole,
  "in-media-link-quality": whole,
  "out-link-quality": whole,
  "out-media-link-quality": whole,
  "packets-received": whole,
  "packets-sent": whole,
  "bytes-received": whole,
  "bytes-sent": whole,
  "bytes-received-lastsec": whole,
  "bytes-sent-lastsec": whole,
  "nacks-received": whole,
  "nacks-sent": whole,
  "retransmissions-received": whole,
  "remb-bitrate": optional(whole),
});

const dataStatistics = object<DataStatistics>({
  mid: text,
  mindex: whole,
  media: just("data"),
  "packets-received": whole,
  "packets-sent": whole,
  "bytes-received": whole,
  "bytes-sent": whole,
  "remb-bitrate": optional(whole),
});

const statistics: Shape<MediaStatistics> = either(rtpStatistics, dataStatistics);

const moduleInfo = object<ModuleInfo>({
  name: text,
  author: text,
  description: text,
  version: whole,
  version_string: text,
});
const modules = record(moduleInfo);

const serverDescription = object<ServerDescription>({
  janus: just("server_info"),
  name: text,
  version: whole,
  version_string: text,
  author: text,
  "commit-hash": text,
  "compile-time": text,
  "accepting-new-sessions": flag,
  "session-timeout": whole,
  "reclaim-session-timeout": whole,
  "candidates-timeout": whole,
  "server-name": text,
  "local-ip": text,
  "full-trickle": flag,
  "ice-consent-freshness": optional(flag),
  "hangup-on-failed": optional(flag),
  api_secret: flag,
  auth_token: flag,
  event_handlers: flag,
  plugins: modules,
  transports: modules,
  events: modules,
  loggers: modules,
}, { open: true });

/** The shape of each event. */
export const EVENT_SHAPES: { readonly [K in EventKey]: Shape<EventOf<K>> } = {
  "1": object({
    ...FIELDS,
    type: just(1),
    session_id: id,
    event: tagged("name", {
      created: object({
        name: just("created"),
        transport: optional(object({ transport: text, id: text })),
      }),
      destroyed: object({ name: just("destroyed") }),
      timeout: object({ name: just("timeout") }),
    }),
  }),
  "2": object({
    ...OF_HANDLE,
    type: just(2),
    event: object({
      name: oneOf({ attached: true, detached: true }),
      plugin: optional(text),
      opaque_id: optional(text),
      token: optional(text),
    }),
  }),
  "4": object({
    ...FIELDS,
    type: just(4),
    event: object({ schema: text, data: anyObject }),
  }),
  "8": object({
    ...OF_HANDLE,
    type: just(8),
    event: object({
      owner: oneOf({ local: true, remote: true }),
      jsep: object({ type: oneOf({ offer: true, answer: true }), sdp: text }),
    }),
  }),
  "16.1": object({
    ...OF_HANDLE,
    type: just(16),
    subtype: just(1),
    event: object({
      ...OF_COMPONENT,
      ice: oneOf({
        disconnected: true,
        gathering: true,
        connecting: true,
        connected: true,
        ready: true,
        failed: true,
      }),
    }),
  }),
  "16.2": object({
    ...OF_HANDLE,
    type: just(16),
    subtype: just(2),
    event: object({ ...OF_COMPONENT, "local-candidate": text }),
  }),
  "16.3": object({
    ...OF_HANDLE,
    type: just(16),
    subtype: just(3),
    event: object({ ...OF_COMPONENT, "remote-candidate": text }),
  }),
  "16.4": object({
    ...OF_HANDLE,
    type: just(16),
    subtype: just(4),
    event: object({
      ...OF_COMPONENT,
      "selected-pair": text,
      candidates: optional(object({ local: candidate, remote: candidate })),
    }),
  }),
  "16.5": object({
    ...OF_HANDLE,
    type: just(16),
    subtype: just(5),
    event: object({
      ...OF_COMPONENT,
      dtls: oneOf({ created: true, trying: true, connected: true, failed: true }),
      retransmissions: whole,
    }),
  }),
  "16.6": object({
    ...OF_HANDLE,
    type: just(16),
    subtype: just(6),
    event: tagged("connection", {
      webrtcup: object({ connection: just("webrtcup") }),
      hangup: object({ connection: just("hangup"), reason: optional(text) }),
    }),
  }),
  "32.1": object({
    ...OF_HANDLE,
    type: just(32),
    subtype: just(1),
    event: object({
      media: oneOf({ audio: true, video: true }),
      mid: text,
      substream: optional(whole),
      receiving: flag,
      seconds: optional(whole),
    }),
  }),
  "32.2": object({
    ...OF_HANDLE,
    type: just(32),
    subtype: just(2),
    event: object({
      mid: text,
      media: oneOf({ audio: true, video: true }),
      slow_link: oneOf({ uplink: true, downlink: true }),
      lost_lastsec: whole,
    }),
  }),
  "32.3": object({
    ...OF_HANDLE,
    type: just(32),
    subtype: just(3),
    event: either(statistics, list(statistics)),
  }),
  "64": object({
    ...FIELDS,
    type: just(64),
    session_id: optional(id),
    handle_id: optional(id),
    opaque_id: optional(text),
    event: object({ plugin: text, data: anyObject }),
  }),
  "128": object({
    ...FIELDS,
    type: just(128),
    session_id: optional(id),
    event: object({ transport: text, id: text, data: anyObject }),
  }),
  "256.1": object({
    ...FIELDS,
    type: just(256),
    subtype: just(1),
    event: tagged("status", {
      started: object({ status: just("started"), info: serverDescription }),
      update: object({
        status: just("update"),
        info: object({
          sessions: whole,
          handles: whole,
          peerconnections: whole,
          "stats-period": whole,
        }),
      }),
    }),
  }),
  "256.2": object({
    ...FIELDS,
    type: just(256),
    subtype: just(2),
    event: object({ status: just("shutdown"), signum: whole }),
  }),
};

/** The key of something that may be an event. */
export function eventKey(event: { readonly type: number; readonly subtype?: number }): string {
  return event.subtype === undefined ? `${event.type}` : `${event.type}.${event.subtype}`;
}

/** Fails, saying where, if a value is not an event as its type and subtype have it. */
export function assertEvent(value: unknown): asserts value is ServerEvent {
  const key = eventKey(value as ServerEvent);
  const shape = Object.hasOwn(EVENT_SHAPES, key) ? EVENT_SHAPES[key as EventKey] : undefined;
  const fault = shape === undefined ? `no event is of type ${key}` : shape(value, "event");
  if (fault !== undefined) throw new TypeError(`${fault}\nin ${JSON.stringify(value)}`);
}
