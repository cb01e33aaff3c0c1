/** One event of each shape, as Janus makes them. @module */
import type { EventName, EventOf } from "../janus/event_types.ts";
import type { MediaStatistics } from "../janus/events.ts";

/** Names of one kind of event each: a type without subtypes, or a subtype. */
export type SampleName = Exclude<EventName, "all" | "webrtc" | "media" | "core">;

type Samples = { readonly [N in SampleName]: readonly [EventOf<N>, ...EventOf<N>[]] };

const FROM = { emitter: "janus", timestamp: 1_700_000_000_000_000 };
const SESSION = { ...FROM, session_id: 1001 };
const HANDLE = { ...SESSION, handle_id: 1002, opaque_id: "user-1" };
const COMPONENT = { stream_id: 1, component_id: 1 };
const TRANSPORT = "janus.transport.zeromq";
const PLUGIN = "janus.plugin.echotest";

const SDP = [
  "v=0",
  "o=- 1 1 IN IP4 192.0.2.10",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "c=IN IP4 192.0.2.10",
  "a=mid:0",
  "a=sendrecv",
  "a=rtcp-mux",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:abcdefghijklmnopqrstuvwx",
  "a=fingerprint:sha-256 9F:F5:57:56:42:D0:88:3B:5B:DF:6B:28:A4:23:20:23:" +
  "02:1E:F2:24:F2:C2:C7:65:EA:46:35:48:1B:16:95:4C",
  "a=setup:actpass",
  "a=rtpmap:111 opus/48000/2",
  "a=candidate:1 1 udp 2015363327 192.0.2.10 20000 typ host",
  "",
].join("\r\n");

const TRAFFIC = {
  "packets-received": 50,
  "packets-sent": 50,
  "bytes-received": 4000,
  "bytes-sent": 4000,
};

const RTP = {
  base: 48_000,
  rtt: 12,
  lost: 0,
  "lost-by-remote": 0,
  "jitter-local": 1,
  "jitter-remote": 1,
  "in-link-quality": 100,
  "in-media-link-quality": 100,
  "out-link-quality": 100,
  "out-media-link-quality": 100,
  ...TRAFFIC,
  "bytes-received-lastsec": 4000,
  "bytes-sent-lastsec": 4000,
  "nacks-received": 0,
  "nacks-sent": 0,
  "retransmissions-received": 0,
};

const VIDEO = { ...RTP, mid: "1", mindex: 1, codec: "vp8", base: 90_000 };

const STATISTICS: readonly MediaStatistics[] = [
  { ...RTP, mid: "0", mindex: 0, media: "audio", codec: "opus" },
  { ...VIDEO, media: "video" },
  { ...VIDEO, media: "video-sim1" },
  { ...VIDEO, media: "video-sim2" },
  { ...TRAFFIC, mid: "2", mindex: 2, media: "data" },
];

/** As Janus since 1.1.4 tells it of the first medium, once round-trip time and REMB are known. */
const MORE_AUDIO: MediaStatistics = {
  ...RTP,
  mid: "0",
  mindex: 0,
  media: "audio",
  codec: "opus",
  "rtt-values": { ntp: 786_432, lsr: 458_752, dlsr: 326_893 },
  "remb-bitrate": 500_000,
};

const [AUDIO, ...OTHER_MEDIA] = STATISTICS as [MediaStatistics, ...MediaStatistics[]];

function statistics(event: MediaStatistics): EventOf<"media.stats"> {
  return { ...HANDLE, type: 32, subtype: 3, event };
}

function end(address: string, port: number) {
  return { address, port, type: "host", transport: "udp", family: 4 };
}

/** What Janus tells of itself when it starts. */
const SERVER = {
  janus: "server_info",
  name: "Janus WebRTC Server",
  version: 1102,
  version_string: "1.1.2",
  author: "Meetecho s.r.l.",
  "commit-hash": "not-a-git-repo",
  "compile-time": "Thu Jan 19 08:09:02 UTC 2023",
  "accepting-new-sessions": true,
  "session-timeout": 60,
  "reclaim-session-timeout": 0,
  "candidates-timeout": 45,
  "server-name": "janus",
  "local-ip": "192.0.2.1",
  "full-trickle": false,
  api_secret: false,
  auth_token: false,
  event_handlers: true,
  plugins: {},
  transports: {},
  events: {},
  loggers: {},
} as const;

/** One event of each shape; the first of a name is the one that is meant without more words. */
export const SAMPLES: Samples = {
  sessions: [
    {
      ...SESSION,
      type: 1,
      event: { name: "created", transport: { transport: TRANSPORT, id: "1" } },
    },
    { ...SESSION, type: 1, event: { name: "destroyed" } },
    { ...SESSION, type: 1, event: { name: "timeout" } },
  ],
  handles: [
    { ...HANDLE, type: 2, event: { name: "attached", plugin: PLUGIN, opaque_id: "user-1" } },
    { ...HANDLE, type: 2, event: { name: "detached", plugin: PLUGIN, opaque_id: "user-1" } },
  ],
  external: [{ ...FROM, type: 4, event: { schema: "sample", data: {} } }],
  jsep: [
    { ...HANDLE, type: 8, event: { owner: "remote", jsep: { type: "offer", sdp: SDP } } },
    { ...HANDLE, type: 8, event: { owner: "local", jsep: { type: "answer", sdp: SDP } } },
  ],
  "webrtc.ice": [{ ...HANDLE, type: 16, subtype: 1, event: { ice: "connected", ...COMPONENT } }],
  "webrtc.lcand": [{
    ...HANDLE,
    type: 16,
    subtype: 2,
    event: { "local-candidate": "1 1 udp 2015363327 192.0.2.1 20000 typ host", ...COMPONENT },
  }],
  "webrtc.rcand": [{
    ...HANDLE,
    type: 16,
    subtype: 3,
    event: { "remote-candidate": "1 1 udp 2015363327 192.0.2.10 30000 typ host", ...COMPONENT },
  }],
  "webrtc.pair": [{
    ...HANDLE,
    type: 16,
    subtype: 4,
    event: {
      "selected-pair": "192.0.2.1:20000 [host,udp] <-> 192.0.2.10:30000 [host,udp]",
      candidates: { local: end("192.0.2.1", 20_000), remote: end("192.0.2.10", 30_000) },
      ...COMPONENT,
    },
  }],
  "webrtc.dtls": [{
    ...HANDLE,
    type: 16,
    subtype: 5,
    event: { dtls: "connected", ...COMPONENT, retransmissions: 0 },
  }],
  "webrtc.state": [
    { ...HANDLE, type: 16, subtype: 6, event: { connection: "webrtcup" } },
    { ...HANDLE, type: 16, subtype: 6, event: { connection: "hangup", reason: "Close PC" } },
  ],
  "media.state": [{
    ...HANDLE,
    type: 32,
    subtype: 1,
    event: { media: "audio", mid: "0", receiving: true },
  }],
  "media.slowlink": [{
    ...HANDLE,
    type: 32,
    subtype: 2,
    event: { mid: "0", media: "audio", slow_link: "uplink", lost_lastsec: 25 },
  }],
  "media.stats": [statistics(AUDIO), ...OTHER_MEDIA.map(statistics), statistics(MORE_AUDIO)],
  plugins: [{ ...HANDLE, type: 64, event: { plugin: PLUGIN, data: {} } }],
  transports: [{
    ...FROM,
    type: 128,
    event: {
      transport: TRANSPORT,
      id: "1",
      data: { event: "connected", admin_api: false, ip: "192.0.2.10" },
    },
  }],
  "core.startup": [
    { ...FROM, type: 256, subtype: 1, event: { status: "started", info: SERVER } },
    {
      ...FROM,
      type: 256,
      subtype: 1,
      event: {
        status: "update",
        info: { sessions: 1, handles: 1, peerconnections: 1, "stats-period": 1 },
      },
    },
  ],
  "core.shutdown": [
    { ...FROM, type: 256, subtype: 2, event: { status: "shutdown", signum: 15 } },
  ],
};
