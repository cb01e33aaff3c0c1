/** The other end of a call: werift, and media that are well-formed and nothing else. */
import {
  MediaStreamTrack,
  type RTCDataChannel,
  type RTCDtlsTransport,
  RTCPeerConnection,
  RtpHeader,
  RtpPacket,
  useOPUS,
  useVP8,
} from "werift";
import { Buffer } from "node:buffer";
import type { Jsep, TrickleCandidate } from "../../../mod.ts";

/** What a peer may be told. */
export interface PeerOptions {
  /** Keep candidates out of the offer, for `candidates`. */
  readonly trickle: boolean;
  /** Open a data channel, too. */
  readonly data: boolean;
}

/** What came back from the echo test: packets, and messages. */
export type Received = Record<"audio" | "video" | "data", number>;

/** How a kind of media is sent. */
interface Pace {
  /** Milliseconds between packets. */
  readonly interval: number;
  /** RTP's clock, per second. */
  readonly clock: number;
  readonly payload: Buffer;
}

const PACES: Readonly<Record<"audio" | "video", Pace>> = {
  // Silence as Opus writes it.
  audio: { interval: 20, clock: 48_000, payload: Buffer.from([0xf8, 0xff, 0xfe]) },
  // VP8's payload descriptor, then a key frame of 16 x 16 with nothing in it.
  video: {
    interval: 40,
    clock: 90_000,
    payload: Buffer.from([0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 16, 0, 16, 0, ...Array(90)]),
  },
};

const DATA_INTERVAL = 100;

/** A peer that offers audio, video and perhaps data. */
export class Peer {
  readonly received: Received = { audio: 0, video: 0, data: 0 };
  /** The candidates that are not in the offer. */
  readonly candidates: TrickleCandidate[] = [];
  readonly tracks: readonly MediaStreamTrack[];
  readonly channel: RTCDataChannel | undefined;
  readonly #connection: RTCPeerConnection;
  readonly #trickle: boolean;

  constructor({ trickle, data }: PeerOptions) {
    this.#trickle = trickle;
    const connection = this.#connection = new RTCPeerConnection({
      codecs: { audio: [useOPUS()], video: [useVP8()] },
      iceServers: [],
      iceUseIpv6: false,
      bundlePolicy: "max-bundle",
    });
    this.tracks = (["audio", "video"] as const).map((kind) => {
      const track = new MediaStreamTrack({ kind });
      connection.addTransceiver(track, { direction: "sendrecv" });
      return track;
    });
    connection.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(() => {
        if (track.kind === "audio" || track.kind === "video") this.received[track.kind]++;
      });
    });
    if (data) {
      this.channel = connection.createDataChannel("test");
      this.channel.onMessage.subscribe(() => this.received.data++);
    }
  }

  /** The offer for Janus, with all candidates that there are, or none. */
  async offer(): Promise<Jsep> {
    const connection = this.#connection;
    const bare = await connection.createOffer();
    // It would ask a server on the Internet, whatever it is told.
    for (const { connection: ice } of connection.iceTransports) ice.stunServer = undefined!;
    connection.onIceCandidate.subscribe((candidate) => {
      if (candidate !== undefined) this.candidates.push(candidate.toJSON() as TrickleCandidate);
    });
    // Returns when all candidates are there.
    await connection.setLocalDescription(bare);
    const { sctpTransport } = connection;
    // Both ends begin with SCTP, and werift is the one who doesn't answer. Until it has begun it
    // thinks otherwise, and never gets over having answered.
    if (sctpTransport !== undefined) sctpTransport.sctp.isServer = false;
    const sdp = this.#trickle ? bare.sdp : connection.localDescription?.sdp ?? "";
    return {
      type: "offer",
      // To be the one who begins with DTLS saves a second.
      sdp: sdp.replaceAll("a=setup:actpass", "a=setup:active"),
      ...(this.#trickle ? {} : { trickle: false }),
    };
  }

  /** Takes Janus's answer: ICE begins. */
  async accept({ type, sdp }: Jsep): Promise<void> {
    for (const transport of this.#connection.dtlsTransports) answerOnce(transport);
    await this.#connection.setRemoteDescription({ type, sdp });
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}

/** The last message of a handshake in DTLS, RFC 5246. */
const FINISHED = 20;
/** The flight of messages in which a client ends the handshake, RFC 6347. */
const LAST_FLIGHT = 5;

/**
 * Has werift answer Janus's part of the handshake once only. On a slow machine Janus says it again
 * before it has the answer; werift would then begin anew when all is done, and Janus hang up.
 */
function answerOnce(transport: RTCDtlsTransport): void {
  const subscription = transport.onStateChange.subscribe((state) => {
    if (state !== "connecting") return;
    subscription.unSubscribe();
    // Its socket is made next.
    queueMicrotask(() => {
      const { dtls, role } = transport;
      if (dtls === undefined || role !== "client") return;
      const handle = dtls.onHandleHandshakes;
      dtls.onHandleHandshakes = (messages) => {
        const answered = dtls.dtls.flight >= LAST_FLIGHT;
        return handle(messages.filter(({ msg_type }) => !answered || msg_type === FINISHED));
      };
    });
  });
}

/** Sends media, from now on; werift drops what comes before the connection is up. */
export class Media {
  readonly #peer: Peer;
  readonly #sequences = new Map<MediaStreamTrack, number>();
  #timers: ReturnType<typeof setInterval>[] = [];
  #lose = Infinity;

  constructor(peer: Peer) {
    this.#peer = peer;
    this.resume();
  }

  /** Sends nothing for the time being. */
  pause(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  /** Sends again. */
  resume(): void {
    this.pause();
    this.#timers = this.#peer.tracks.map((track) => {
      const pace = PACES[track.kind as keyof typeof PACES];
      return setInterval(() => this.#send(track, pace), pace.interval);
    });
    const { channel } = this.#peer;
    if (channel === undefined) return;
    this.#timers.push(setInterval(() => {
      if (channel.readyState === "open") channel.send("hello");
    }, DATA_INTERVAL));
  }

  /** Of so many packets, loses one on the way; Infinity for none. */
  loseOneIn(count: number): void {
    this.#lose = count;
  }

  #send(track: MediaStreamTrack, { interval, clock, payload }: Pace): void {
    const sequence = (this.#sequences.get(track) ?? 0) + 1;
    this.#sequences.set(track, sequence);
    if (sequence % this.#lose === 0) return;
    const header = new RtpHeader({
      sequenceNumber: sequence & 0xffff,
      timestamp: sequence * interval * clock / 1000,
      marker: true,
      payloadType: 96,
      ssrc: 1,
    });
    track.writeRtp(new RtpPacket(header, payload));
  }
}
