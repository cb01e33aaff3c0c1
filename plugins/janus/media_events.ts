/** Events about media, and the statistics in them. @module */
import type { HandleFields } from "./event_fields.ts";

/** Media of the peer began to arrive, or stopped. */
export interface MediaStateEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 32;
  /** Janus's number of the subtype. */
  readonly subtype: 1;
  /** What happened. */
  readonly event: {
    readonly media: "audio" | "video";
    readonly mid: string;
    readonly substream?: number;
    readonly receiving: boolean;
    readonly seconds?: number;
  };
}

/** Packets get lost. */
export interface MediaSlowLinkEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 32;
  /** Janus's number of the subtype. */
  readonly subtype: 2;
  /** What happened. */
  readonly event: {
    readonly mid: string;
    readonly media: "audio" | "video";
    readonly slow_link: "uplink" | "downlink";
    readonly lost_lastsec: number;
  };
}

/** Statistics of audio, video or one layer of simulcast. */
export interface RtpStatistics {
  /** The medium, as the session description calls it. */
  readonly mid: string;
  /** Its place in the session description. */
  readonly mindex: number;
  /** Which kind of media. */
  readonly media: "audio" | "video" | "video-sim1" | "video-sim2";
  /** Such as `opus`. */
  readonly codec?: string;
  /** Clock rate, in Hz. */
  readonly base: number;
  /** Round-trip time, in ms; 0 until it is known. Layers of simulcast have none. */
  readonly rtt?: number;
  /** What that was reckoned from, since 1.1.4. */
  readonly "rtt-values"?: { readonly ntp: number; readonly lsr: number; readonly dlsr: number };
  /** Packets that did not reach Janus. */
  readonly lost: number;
  /** Packets that did not reach the peer. */
  readonly "lost-by-remote": number;
  /** Jitter of what arrives here, in ms. */
  readonly "jitter-local": number;
  /** Jitter of what arrives there, in ms. */
  readonly "jitter-remote": number;
  /** Of the way here: 0 to 100, by packets that were lost at first. */
  readonly "in-link-quality": number;
  /** The same, by packets that were not made good by retransmission. */
  readonly "in-media-link-quality": number;
  /** Of the way there: 0 to 100, by packets that were lost at first. */
  readonly "out-link-quality": number;
  /** The same, by packets that were not made good by retransmission. */
  readonly "out-media-link-quality": number;
  /** Packets, in all. */
  readonly "packets-received": number;
  /** Packets, in all. */
  readonly "packets-sent": number;
  /** Bytes, in all. */
  readonly "bytes-received": number;
  /** Bytes, in all. */
  readonly "bytes-sent": number;
  /** Bytes in the last second. */
  readonly "bytes-received-lastsec": number;
  /** Bytes in the last second. */
  readonly "bytes-sent-lastsec": number;
  /** Packets that the peer asked for again. */
  readonly "nacks-received": number;
  /** Packets that Janus asked for again. */
  readonly "nacks-sent": number;
  /** Packets that came once more. */
  readonly "retransmissions-received": number;
  /** What the peer says that it can take, in bit/s; in the first medium's, whatever its kind. */
  readonly "remb-bitrate"?: number;
}

/**
 * Statistics of data channels. What was sent is counted as received as well since 1.3, and `sent`
 * is 0; before, what was sent is counted as received, and the other way round.
 */
export interface DataStatistics {
  /** The medium, as the session description calls it. */
  readonly mid: string;
  /** Its place in the session description. */
  readonly mindex: number;
  /** Which kind of media. */
  readonly media: "data";
  /** Packets, in all. */
  readonly "packets-received": number;
  /** Packets, in all. */
  readonly "packets-sent": number;
  /** Bytes, in all. */
  readonly "bytes-received": number;
  /** Bytes, in all. */
  readonly "bytes-sent": number;
  /** As {@linkcode RtpStatistics} has it, where data channels are the first medium. */
  readonly "remb-bitrate"?: number;
}

/** Statistics of one medium; `media` tells which kind. */
export type MediaStatistics = RtpStatistics | DataStatistics;

/** Statistics: an array of all media, which may be empty, where `combine_media_stats` is set. */
export interface MediaStatisticsEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 32;
  /** Janus's number of the subtype. */
  readonly subtype: 3;
  /** What happened. */
  readonly event: MediaStatistics | readonly MediaStatistics[];
}
