/** What events say of a handle. @module */
import type {
  ConnectionEvent,
  DtlsEvent,
  IceEvent,
  MediaSlowLinkEvent,
  MediaStateEvent,
  MediaStatistics,
  PluginNotification,
  SelectedPairEvent,
  ServerEvent,
} from "../janus/events.ts";
import type { JanusId } from "../janus/ids.ts";
import type { Handle } from "./handle.ts";
import { MAX_LABEL } from "./limits.ts";
import type { Descriptions } from "./descriptions.ts";
import type { Inventory } from "./inventory.ts";
import type { Rooms } from "./rooms.ts";
import type { ServerMetrics } from "./server_metrics.ts";
import { memberOf, numberOf, textOf } from "./text.ts";

/** What of a server such events have to do with. */
export interface Server {
  readonly metrics: ServerMetrics;
  readonly inventory: Inventory;
  readonly rooms: Rooms;
  readonly descriptions: Descriptions;
  /** Whether addresses are hidden. */
  readonly hidden: boolean;
  /** Statistics of a medium came so many seconds after those before. */
  notePeriod(seconds: number): void;
}

/** Reasons that Janus's core has for a hangup. What is another one is `other`. */
const REASONS: ReadonlySet<string> = new Set([
  "Admin API",
  "Close PC",
  "DTLS alert",
  "DTLS error",
  "DTLS timeout",
  "DTLS-SRTP stack error",
  "Detach",
  "Gathering error",
  "ICE failed",
  "ICE gathering error",
  "Janus API",
]);

const KINDS: ReadonlySet<string> = new Set(["audio", "video", "video-sim1", "video-sim2", "data"]);

/** Those that belong to a handle, or may. */
type OfHandle = Extract<ServerEvent, { readonly type: 2 | 8 | 16 | 32 | 64 }>;

/** Takes in an event of a handle's. */
export function takeHandleEvent(server: Server, event: OfHandle, now: number): void {
  const { inventory } = server;
  if (event.type === 2) {
    inventory.takeHandle(event, now);
    if (event.event?.name === "attached") {
      noteOpaque(inventory.handle(event.handle_id), event.opaque_id ?? event.event.opaque_id);
    }
    return;
  }
  if (event.type === 64) {
    takePlugin(server, event, now);
    return;
  }
  if (event.type === 16) tallyWebrtc(server, event);
  const handle = inventory.known(event.session_id, event.handle_id, now);
  noteOpaque(handle, event.opaque_id);
  if (event.type === 32) {
    takeMedia(server, event, handle, now);
    return;
  }
  if (handle === undefined) return;
  if (event.type === 8) takeJsep(server, event, handle, now);
  else if (event.type === 16) takeWebrtc(server, event, handle, now);
}

function noteOpaque(handle: Handle | undefined, opaqueId: unknown): void {
  if (opaqueId === undefined || handle === undefined || handle.opaqueId !== null) return;
  handle.opaqueId = textOf(opaqueId) ?? null;
  handle.changed = true;
}

function takePlugin(server: Server, event: PluginNotification, now: number): void {
  const { session_id, handle_id, event: { plugin, data } } = event;
  const room = textOf(memberOf(data, "room"));
  if (plugin === "janus.plugin.videoroom" && data) server.rooms.take(data, handle_id);
  if (handle_id === undefined) return;
  const handle = server.inventory.known(session_id as JanusId, handle_id, now);
  if (handle === undefined) return;
  noteOpaque(handle, event.opaque_id);
  if (handle.plugin === null) {
    handle.plugin = textOf(plugin, MAX_LABEL) ?? null;
    handle.changed = true;
  }
  if (room !== undefined && room !== handle.room) {
    handle.room = room;
    handle.changed = true;
  }
}

function takeJsep(
  server: Server,
  { event, timestamp }: Extract<ServerEvent, { readonly type: 8 }>,
  handle: Handle,
  now: number,
): void {
  if (handle.phase === "none" || handle.phase === "over") handle.begin();
  handle.firstJsep ??= timestamp;
  const whose = event.owner === "local" ? "local" : "remote";
  server.descriptions.drop(handle.jsep[whose]);
  handle.jsep[whose] = server.descriptions.keep(event.jsep?.type, event.jsep?.sdp);
  handle.mark(now, "jsep", `${whose} ${textOf(event.jsep?.type, MAX_LABEL) ?? ""}`);
}

type Webrtc = Extract<ServerEvent, { readonly type: 16 }>;

/** Counts it, also of a handle that is not known. */
function tallyWebrtc({ metrics }: Server, event: Webrtc): void {
  if (event.subtype === 1) {
    metrics.cell("janus_ice_state_total", String(event.event.ice)).value++;
  } else if (event.subtype === 5) {
    metrics.cell("janus_dtls_state_total", String(event.event.dtls)).value++;
  } else if (event.subtype === 4) {
    for (const origin of ["local", "remote"] as const) {
      const one = event.event.candidates?.[origin];
      if (!one) continue;
      const { type, transport, family } = one;
      const labels = [type, transport, family].map((value) => String(value));
      metrics.cell("janus_selected_candidates_total", origin, ...labels).value++;
    }
  } else if (event.subtype === 6 && event.event.connection === "hangup") {
    const { reason } = event.event;
    const label = reason !== undefined && REASONS.has(reason) ? reason : "other";
    metrics.cell("janus_hangups_total", label).value++;
  }
}

function takeWebrtc(server: Server, event: Webrtc, handle: Handle, now: number): void {
  switch (event.subtype) {
    case 1:
      takeIce(event, handle, now);
      return;
    case 4:
      takePair(server, event, handle, now);
      return;
    case 5:
      takeDtls(event, handle, now);
      return;
    case 6:
      takeConnection(server, event, handle, now);
  }
}

function takeIce({ event: { ice } }: IceEvent, handle: Handle, now: number): void {
  const state = textOf(ice, MAX_LABEL) ?? "";
  // What comes after a hangup belongs to it, but for what only a new PeerConnection does.
  if (handle.phase === "over" && state !== "gathering") return;
  if (handle.phase !== "up" && handle.phase !== "setup") handle.begin();
  handle.ice = state;
  handle.mark(now, "ice", state);
}

function takeDtls({ event: { dtls } }: DtlsEvent, handle: Handle, now: number): void {
  if (handle.phase === "over") return;
  if (handle.phase === "none") handle.begin();
  handle.dtls = textOf(dtls, MAX_LABEL) ?? "";
  handle.mark(now, "dtls", handle.dtls);
}

function takePair({ hidden }: Server, { event }: SelectedPairEvent, handle: Handle, now: number) {
  const { candidates } = event;
  if (!candidates?.local || !candidates.remote) return;
  handle.select(candidates, hidden);
  const { local, remote } = candidates;
  handle.mark(now, "pair", `${textOf(local.type, 16)} ${textOf(remote.type, 16)}`);
}

function takeConnection(
  { metrics }: Server,
  { event, timestamp }: ConnectionEvent,
  handle: Handle,
  now: number,
): void {
  if (event.connection === "webrtcup") {
    if (handle.phase === "over") handle.begin();
    if (handle.firstJsep !== null && handle.upAt === null) {
      metrics.spread("janus_setup_seconds").observe((timestamp - handle.firstJsep) / 1e6);
    }
    handle.phase = "up";
    handle.up = now;
    handle.upAt = timestamp;
    handle.mark(now, "up");
    return;
  }
  if (handle.phase === "up" && handle.upAt !== null) {
    metrics.spread("janus_call_seconds").observe((timestamp - handle.upAt) / 1e6);
  }
  const reason = textOf(event.reason) ?? "";
  handle.end(now, "hangup", reason);
  handle.mark(now, "hangup", reason);
}

function takeMedia(
  server: Server,
  event: Extract<ServerEvent, { readonly type: 32 }>,
  handle: Handle | undefined,
  now: number,
): void {
  if (event.subtype === 2) tallySlowLink(server, event);
  if (handle === undefined) return;
  if (event.subtype === 3) {
    const { event: statistics, timestamp } = event;
    if (!Array.isArray(statistics)) {
      takeStatistics(server, statistics as MediaStatistics, timestamp, handle, now);
      return;
    }
    // With `combine_media_stats`.
    for (const one of statistics) takeStatistics(server, one, timestamp, handle, now);
  } else if (event.subtype === 1) takeMediaState(server, event, handle, now);
  else if (event.subtype === 2) takeSlowLink(server, event, handle, now);
}

function kindOf(media: unknown): string {
  return typeof media === "string" && KINDS.has(media) ? media : "other";
}

function midOf(mid: unknown): string {
  return textOf(mid, 32) ?? "";
}

function takeStatistics(
  server: Server,
  statistics: MediaStatistics,
  made: number,
  handle: Handle,
  now: number,
): void {
  if (typeof statistics !== "object" || statistics === null) return;
  const { media, mid } = statistics;
  const medium = handle.medium(midOf(mid), kindOf(media), server.metrics);
  if (medium === undefined) return;
  const seconds = medium.take(statistics, numberOf(made), Math.floor(now / 1000));
  server.notePeriod(seconds);
  handle.statisticsAt = now;
  // The monitor came when it was up.
  if (handle.phase === "none") {
    handle.phase = "up";
    handle.up = now;
    handle.changed = true;
  }
}

function takeMediaState(
  { metrics }: Server,
  { event }: MediaStateEvent,
  handle: Handle,
  now: number,
): void {
  const substream = numberOf(event.substream);
  const media = kindOf(substream > 0 ? `video-sim${substream}` : event.media);
  const medium = handle.medium(midOf(event.mid), media, metrics);
  if (medium === undefined || handle.phase === "over") return;
  const before = medium.receiving;
  medium.receiving = event.receiving === true;
  if (!medium.receiving) handle.mark(now, "stalled", `${media} ${medium.mid}`, "in");
  else if (before === false) handle.mark(now, "resumed", `${media} ${medium.mid}`, "in");
  handle.changed = true;
}

/** Janus calls the way out of it the uplink. */
function tallySlowLink({ metrics }: Server, { event }: MediaSlowLinkEvent): void {
  const direction = event.slow_link === "uplink" ? "out" : "in";
  metrics.cell("janus_slow_links_total", kindOf(event.media), direction).value++;
}

function takeSlowLink(
  { metrics }: Server,
  { event }: MediaSlowLinkEvent,
  handle: Handle,
  now: number,
): void {
  const medium = handle.medium(midOf(event.mid), kindOf(event.media), metrics);
  if (medium === undefined) return;
  const out = event.slow_link === "uplink";
  if (out) {
    medium.slowOut++;
    medium.slowOutAt = now;
  } else {
    medium.slowIn++;
    medium.slowInAt = now;
  }
  handle.mark(now, "slow_link", `${medium.media} ${medium.mid}`, out ? "out" : "in");
}
