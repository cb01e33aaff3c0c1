/** Every metric: its name, type, labels and what it says. @module */

interface Metric {
  readonly type: "counter" | "gauge" | "histogram";
  /** Without `instance_name`, which all have. */
  readonly labels: readonly string[];
  readonly help: string;
  /** What it says is of now: it is left out while the server is not heard of. */
  readonly current?: true;
  /** Of a histogram. */
  readonly bounds?: readonly number[];
}

const SECONDS_UP = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30];
const SECONDS_CALLS = [5, 15, 60, 300, 900, 1800, 3600, 7200];
const SECONDS_RTT = [0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6];
const SECONDS_JITTER = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
const RATIOS = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const PEOPLE = [1, 2, 3, 5, 8, 12, 20, 50, 100];

/** By name. Base units; no session, handle, room, user or address in a label. */
export const METRICS = {
  janus_up: {
    type: "gauge",
    labels: [],
    help: "1 if Janus answers the Admin API; without that, if its event handler is connected",
  },
  janus_events_up: {
    type: "gauge",
    labels: [],
    help: "1 if the event handler is connected, so that events come",
  },
  janus_restarts_total: {
    type: "counter",
    labels: [],
    help: "How often Janus began anew while it was watched",
  },
  janus_info: { type: "gauge", labels: ["version"], help: "Always 1; Janus's version" },
  janus_sessions: { type: "gauge", current: true, labels: [], help: "Sessions" },
  janus_handles: {
    type: "gauge",
    current: true,
    labels: ["plugin"],
    help: "Handles attached to plugins",
  },
  janus_peerconnections: {
    type: "gauge",
    current: true,
    labels: [],
    help: "PeerConnections that are up",
  },
  janus_sessions_created_total: {
    type: "counter",
    labels: ["transport"],
    help: "Sessions that began, by the transport that they came over",
  },
  janus_sessions_ended_total: {
    type: "counter",
    labels: ["reason"],
    help: "Sessions that ended: destroyed, timeout, gone (its client), lost (with its server)",
  },
  janus_ice_state_total: { type: "counter", labels: ["state"], help: "States that ICE came to" },
  janus_dtls_state_total: { type: "counter", labels: ["state"], help: "States that DTLS came to" },
  janus_selected_candidates_total: {
    type: "counter",
    labels: ["origin", "type", "transport", "family"],
    help: "Candidates that were selected: local (Janus's) and remote",
  },
  janus_hangups_total: { type: "counter", labels: ["reason"], help: "PeerConnections that ended" },
  janus_setup_seconds: {
    type: "histogram",
    labels: [],
    help: "From the first session description to the PeerConnection's being up",
    bounds: SECONDS_UP,
  },
  janus_call_seconds: {
    type: "histogram",
    labels: [],
    help: "From the PeerConnection's being up to its end",
    bounds: SECONDS_CALLS,
  },
  janus_media_bytes_total: {
    type: "counter",
    labels: ["media", "direction"],
    help: "Bytes of media, into and out of Janus",
  },
  janus_media_packets_total: {
    type: "counter",
    labels: ["media", "direction"],
    help: "Packets of media, into and out of Janus",
  },
  janus_media_lost_packets_total: {
    type: "counter",
    labels: ["media", "origin"],
    help: "Packets that did not reach Janus (local), or the peer (remote)",
  },
  janus_media_nacks_total: {
    type: "counter",
    labels: ["media", "direction"],
    help: "Packets that were asked for again: by the peer (in), by Janus (out)",
  },
  janus_media_retransmissions_total: {
    type: "counter",
    labels: ["media", "direction"],
    help: "Packets that came once more",
  },
  janus_media_rtt_seconds: {
    type: "histogram",
    labels: ["media", "origin"],
    help: "Round-trip times, as reckoned from what the peer reports",
    bounds: SECONDS_RTT,
  },
  janus_media_jitter_seconds: {
    type: "histogram",
    labels: ["media", "origin"],
    help: "Jitter of what reaches Janus (local), or the peer (remote)",
    bounds: SECONDS_JITTER,
  },
  janus_media_loss_ratio: {
    type: "histogram",
    labels: ["media", "origin"],
    help:
      "Share of packets lost between two statistics, on the way to Janus (local) or the peer (remote)",
    bounds: RATIOS,
  },
  janus_slow_links_total: {
    type: "counter",
    labels: ["media", "direction"],
    help: "Slow links, into Janus (downlink, as Janus has it) and out of it (uplink)",
  },
  janus_media_stalled: {
    type: "gauge",
    current: true,
    labels: ["media"],
    help: "Media that should arrive and do not",
  },
  janus_videoroom_rooms: {
    type: "gauge",
    current: true,
    labels: [],
    help: "Video rooms that are known of",
  },
  janus_videoroom_publishers: {
    type: "gauge",
    current: true,
    labels: [],
    help: "Those that publish in them",
  },
  janus_videoroom_subscribers: {
    type: "gauge",
    current: true,
    labels: [],
    help: "Handles that subscribe in them",
  },
  janus_videoroom_room_participants: {
    type: "histogram",
    labels: [],
    help: "How many are in a room, whenever one more has joined",
    bounds: PEOPLE,
  },
  janus_events_total: { type: "counter", labels: ["type", "subtype"], help: "Events that came" },
  janus_zeromq_up: {
    type: "gauge",
    labels: ["plugin"],
    help: "1 if the plugin's process runs (transport, eventhandler)",
  },
  janus_zeromq_restarts_total: {
    type: "counter",
    labels: ["plugin"],
    help: "How often the plugin's process was started again",
  },
  janus_zeromq_ring_bytes: {
    type: "gauge",
    current: true,
    labels: ["plugin"],
    help: "What waits in the ring from Janus to the plugin's process",
  },
  janus_zeromq_subscribers: {
    type: "gauge",
    current: true,
    labels: ["plugin"],
    help: "Subscribers connected",
  },
  janus_zeromq_cut_off: {
    type: "gauge",
    current: true,
    labels: ["plugin"],
    help: "Subscribers that events go on without",
  },
  janus_zeromq_held_seconds: {
    type: "gauge",
    current: true,
    labels: ["plugin"],
    help: "For how long events have been waiting for a subscriber",
  },
  janus_zeromq_dropped_total: {
    type: "counter",
    labels: ["cause", "type"],
    help: "Events that the event handler dropped",
  },
  janus_zeromq_filter_errors_total: {
    type: "counter",
    labels: ["filter"],
    help: "Events that a filter failed at",
  },
  janus_zeromq_filter_seconds_total: {
    type: "counter",
    labels: ["filter"],
    help: "Time that a filter took",
  },
  janus_monitor_missing_total: {
    type: "counter",
    labels: [],
    help: "Events that did not come, by the gaps in their numbers",
  },
  janus_monitor_implausible_total: {
    type: "counter",
    labels: [],
    help: "Numbers in events that cannot be, and were left out",
  },
  janus_monitor_overflow_total: {
    type: "counter",
    labels: [],
    help: "How often a label's value was one too many, and became other",
  },
} as const satisfies Record<string, Metric>;

/** A metric's name. */
export type MetricName = keyof typeof METRICS;

/** Names of the metrics of a type. */
export type NamesOf<T extends Metric["type"]> = {
  [N in MetricName]: typeof METRICS[N]["type"] extends T ? N : never;
}[MetricName];

/** All of them, in their order. */
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** What is said of a metric. */
export function describeMetric(name: MetricName): Metric {
  return METRICS[name];
}
