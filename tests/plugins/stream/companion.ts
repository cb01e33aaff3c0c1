/** The companion's process as its host drives it. */
import { encodeFrame, FrameReader } from "../../../plugins/companion/frames.ts";
import {
  aligned,
  FrameKind,
  type Known,
  MESSAGE,
  MessageKind,
  STORED,
  type StreamInit,
  type StreamNews,
  type StreamServers,
} from "../../../plugins/stream/protocol.ts";
import { assertLess } from "../../assert.ts";

/** What is known where nothing is stored. */
export const NOTHING: Known = { place: 0, number: 0, record: 0 };

const MAIN = new URL("../../../plugins/stream/companion/main.ts", import.meta.url).pathname;

/** No credentials. */
export const SERVERS: StreamServers = {
  ...{ servers: [], credentials: "", ca: "", cert: "", key: "", user: "" },
  ...{ password_file: "", token_file: "" },
};

/** An event as Janus writes it. */
export function mediaEvent(n: number, padding = 0): string {
  return JSON.stringify({
    ...{ emitter: "Janus", type: 32, subtype: 3, timestamp: 1_700_000_000_000_000 + n },
    ...{ session_id: 1000 + n % 7, handle_id: 5, opaque_id: "x" },
    event: { media: "audio", pad: "x".repeat(padding) },
  });
}

/** One message for a frame. */
export interface Given {
  readonly record: number;
  readonly number?: number;
  readonly part?: number;
  readonly kind?: number;
  readonly body: string;
}

/** A frame of messages. */
export function messagesFrame(given: readonly Given[]): Uint8Array {
  const bodies = given.map(({ body }) => new TextEncoder().encode(body));
  const length = bodies.reduce((sum, body) => sum + MESSAGE.head + aligned(body.length), 0);
  const payload = new Uint8Array(length);
  const view = new DataView(payload.buffer);
  let at = 0;
  for (
    const [index, { record, number = record, part = 0, kind = MessageKind.event }] of given
      .entries()
  ) {
    const body = bodies[index]!;
    view.setFloat64(at + MESSAGE.record, record, true);
    view.setFloat64(at + MESSAGE.number, number, true);
    view.setUint32(at + MESSAGE.part, part, true);
    view.setUint32(at + MESSAGE.kind, kind, true);
    view.setUint32(at + MESSAGE.bytes, body.length, true);
    payload.set(body, at + MESSAGE.head);
    at += MESSAGE.head + aligned(body.length);
  }
  return encodeFrame(FrameKind.messages, payload);
}

/** A running companion. */
export class Companion implements AsyncDisposable {
  /** Events that are stored, and what is known by that. */
  stored = 0;
  known: Known = NOTHING;
  readonly news: StreamNews[] = [];
  readonly process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;

  constructor(
    init: Partial<StreamInit> & { readonly servers: StreamServers },
    read: readonly string[] = [],
  ) {
    this.process = new Deno.Command(Deno.execPath(), {
      args: [
        ...[
          "run",
          "--no-check",
          "--no-prompt",
          `--allow-net=${init.servers.servers.map((one) => one.replace("tls://", "")).join(",")}`,
        ],
        ...(read.length === 0 ? [] : [`--allow-read=${read.join(",")}`]),
        MAIN,
      ],
      ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
    }).spawn();
    this.#writer = this.process.stdin.getWriter();
    this.#reading = this.#read();
    const whole: StreamInit = {
      stream: {
        ...{ name: "JANUS", subject: "janus.events", create: true, replicas: 1 },
        ...{ max_age: 3600, max_bytes: 1 << 28 },
      },
      ...{ instance: "one", host: "a", epoch: 1_700_000_000_000, window: 256, known: NOTHING },
      ...init,
    };
    void this.write(encodeFrame(FrameKind.init, [], JSON.stringify(whole)));
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(bytes).catch(() => {});
  }

  async events(from: number, to: number, padding = 0): Promise<void> {
    for (let n = from; n <= to;) {
      const some: Given[] = [];
      for (; n <= to && some.length < 100; n++) {
        some.push({ record: n, body: mediaEvent(n, padding) });
      }
      await this.write(messagesFrame(some));
    }
  }

  async finish(ms: number): Promise<void> {
    await this.write(encodeFrame(FrameKind.finish, [ms]));
  }

  /** Ends its input, as the death of the host does. */
  async orphan(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }

  reasons(): string[] {
    return this.news.flatMap((one) => one.what === "failed" && !one.again ? [one.reason] : []);
  }

  async until(condition: () => boolean, ms = 20_000): Promise<void> {
    const end = performance.now() + ms;
    while (!condition()) {
      assertLess(performance.now(), end, `${this.stored} stored; ${JSON.stringify(this.news)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #read(): Promise<void> {
    const frames = new FrameReader(1 << 16);
    for await (const chunk of this.process.stdout) {
      let at = 0;
      while (at < chunk.length) {
        frames.fill((buffer, offset) => {
          const some = chunk.subarray(at, at + buffer.length - offset);
          buffer.set(some, offset);
          at += some.length;
          return some.length;
        });
        for (let frame; (frame = frames.next()) !== null;) {
          const { kind, payload } = frame;
          if (kind === FrameKind.news) {
            this.news.push(JSON.parse(new TextDecoder().decode(payload)));
          }
          if (kind !== FrameKind.stored) continue;
          const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
          this.stored += view.getFloat64(STORED.count, true);
          const place = view.getFloat64(STORED.place, true);
          const number = view.getFloat64(STORED.number, true);
          this.known = { place, number, record: number }; // each record is one event here
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await this.process.status;
    await this.#reading;
    await this.#writer.close().catch(() => {});
  }
}
