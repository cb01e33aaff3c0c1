/** The other end of a call: werift, and media that are well-formed and nothing else. */
import {
  MediaStreamTrack,
  type RTCDataChannel,
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
    const sdp = this.#trickle ? bare.sdp : connection.localDescription?.sdp ?? "";
    return {
      type: "offer",
      // To be the one who begins with DTLS saves a second. But then SCTP has two who begin, and
      // werift doesn't always get over that.
      sdp: this.channel === undefined ? sdp.replaceAll("a=setup:actpass", "a=setup:active") : sdp,
      ...(this.#trickle ? {} : { trickle: false }),
    };
  }

  /** Takes Janus's answer: ICE begins. */
  async accept({ type, sdp }: Jsep): Promise<void> {
    await this.#connection.setRemoteDescription({ type, sdp });
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
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
