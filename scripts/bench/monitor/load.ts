/** Events of many calls, as Janus tells of them: statistics for the most part, and calls that come and go. */

/** Handles at a time. */
export const HANDLES = 2000;

const MEDIA = [
  { mid: "0", mindex: 0, media: "audio", codec: "opus", base: 48_000 },
  { mid: "1", mindex: 1, media: "video", codec: "vp8", base: 90_000 },
] as const;
const PLUGIN = "janus.plugin.videoroom";
/** Of a hundred events, how many are not statistics. */
const OTHERS = 20;
/** Of those, how many are of a call that ends, and the one that begins in its place. */
const CALL_EVERY = 100;

/** Makes events, one after the other. */
export class Load {
  readonly #handles = Array.from({ length: HANDLES }, (_, place) => place + 1);
  readonly #bytes = new Float64Array(HANDLES);
  #next = HANDLES + 1;
  #place = 0;
  #made = 0;
  #others = 0;

  /** All calls' beginnings. */
  *begin(): Generator<string> {
    for (const handle of this.#handles) yield* this.#call(handle);
  }

  /** So many more events. */
  *events(count: number): Generator<string> {
    for (let i = 0; i < count; i++) {
      if (this.#made++ % 100 >= OTHERS) {
        yield this.#statistics();
      } else if (this.#others++ % CALL_EVERY === 0) {
        const events = [...this.#replace()];
        yield* events;
        i += events.length - 1;
      } else yield this.#other();
    }
  }

  #statistics(): string {
    const place = this.#place++ % (HANDLES * 2);
    const at = place >> 1;
    const medium = MEDIA[place & 1]!;
    const bytes = this.#bytes[at]! += 5000 + place % 1000;
    const packets = Math.floor(bytes / 900);
    return this.#event(32, 3, this.#handles[at]!, {
      ...medium,
      rtt: 20 + place % 50,
      lost: Math.floor(packets / 200),
      "lost-by-remote": Math.floor(packets / 300),
      "jitter-local": 3 + place % 7,
      "jitter-remote": 4 + place % 5,
      "in-link-quality": 100,
      "in-media-link-quality": 100,
      "out-link-quality": 99,
      "out-media-link-quality": 99,
      "packets-received": packets,
      "packets-sent": packets,
      "bytes-received": bytes,
      "bytes-sent": bytes,
      "bytes-received-lastsec": 5000,
      "bytes-sent-lastsec": 5000,
      "nacks-received": 0,
      "nacks-sent": 0,
      "retransmissions-received": 0,
    });
  }

  #other(): string {
    const handle = this.#handles[this.#others % HANDLES]!;
    if (this.#others % 4 === 0) {
      const slow_link = this.#others % 8 === 0 ? "uplink" : "downlink";
      return this.#event(32, 2, handle, { mid: "1", media: "video", slow_link, lost_lastsec: 17 });
    }
    const data = { event: "configured", room: handle % 100, id: handle, audio: true, video: true };
    return this.#event(64, 0, handle, {
      plugin: PLUGIN,
      data: { ...data, display: "x".repeat(200) },
    });
  }

  *#replace(): Generator<string> {
    const at = this.#next % HANDLES;
    const old = this.#handles[at]!;
    yield this.#event(16, 6, old, { connection: "hangup", reason: "Close PC" });
    yield this.#event(2, 0, old, { name: "detached", plugin: PLUGIN });
    yield this.#event(1, 0, old, { name: "destroyed" });
    const handle = this.#handles[at] = this.#next++;
    this.#bytes[at] = 0;
    yield* this.#call(handle);
  }

  *#call(handle: number): Generator<string> {
    const component = { stream_id: 1, component_id: 1 };
    const transport = { transport: "janus.transport.zeromq", id: String(handle % 50) };
    yield this.#event(1, 0, handle, { name: "created", transport });
    yield this.#event(2, 0, handle, { name: "attached", plugin: PLUGIN });
    const jsep = { type: "offer", sdp: "a=rtpmap:111 opus/48000/2\r\n".repeat(150) };
    yield this.#event(8, 0, handle, { owner: "remote", jsep });
    for (const ice of ["gathering", "connecting", "connected", "ready"]) {
      yield this.#event(16, 1, handle, { ice, ...component });
    }
    yield this.#event(16, 5, handle, { dtls: "connected", retransmissions: 0, ...component });
    yield this.#event(16, 6, handle, { connection: "webrtcup" });
  }

  #event(type: number, subtype: number, handle: number, event: object): string {
    return JSON.stringify({
      emitter: "bench",
      type,
      ...(subtype === 0 ? {} : { subtype }),
      timestamp: Date.now() * 1000,
      session_id: 7_000_000_000_000_000 + handle,
      handle_id: 8_000_000_000_000_000 + handle,
      opaque_id: `participant-${handle}`,
      event,
    });
  }
}
