/** A monitor whose events come from a test, over a socket, and a browser that looks at it. */
import { XPublisher } from "../../../ffi/zmq/mod.ts";
import { stringifyJson } from "../../../plugins/janus/json.ts";
import { sleep } from "../../../scripts/lib/waiting.ts";
import { assertEquals } from "../../assert.ts";
import { Browser, type Page, type PageOptions } from "../../browser.ts";
import { RunningMonitor } from "../../janus/support/monitor.ts";
import { attached, event, statistics } from "../../plugins/monitor/support.ts";

const encoder = new TextEncoder();

/** What plays the event handler. */
export class Published implements AsyncDisposable {
  readonly endpoint: string;
  #socket: XPublisher;

  constructor(endpoint = "tcp://127.0.0.1:*") {
    this.#socket = new XPublisher({ linger: 0, sendHighWaterMark: 100_000 });
    this.#socket.bindSync(endpoint);
    this.endpoint = this.#socket.lastEndpoint!;
  }

  /** Waits until the monitor has subscribed. */
  async ready(): Promise<void> {
    await this.#socket.receive();
  }

  /** Publishes events, each in a message of its own. */
  async send(...events: object[]): Promise<void> {
    for (const one of events) {
      const text = typeof one === "string" ? one : stringifyJson(one as never);
      await this.#socket.send(encoder.encode(text));
    }
  }

  /** The same as before: it goes away, and comes back at the same place. */
  async away(): Promise<() => Promise<void>> {
    this.#socket.close();
    await Promise.resolve();
    return async () => {
      const until = performance.now() + 10_000;
      for (;;) {
        this.#socket = new XPublisher({ linger: 0, sendHighWaterMark: 100_000 });
        try {
          this.#socket.bindSync(this.endpoint);
          break;
        } catch (error) {
          this.#socket.close();
          if (performance.now() > until) throw error;
          await sleep(50);
        }
      }
      await this.ready();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await Promise.resolve();
  }
}

/** A call, as events tell of it. */
export class PublishedCall {
  readonly handle: number;
  readonly session: number;
  readonly #to: Published;
  readonly #name: string | undefined;
  #packets = 0;
  #lost = 0;

  constructor(to: Published, handle: number, session: number, name?: string) {
    this.#to = to;
    this.handle = handle;
    this.session = session;
    this.#name = name;
  }

  /** An event of its handle, made just now. */
  event(type: number, subtype: number, body: object): object {
    return event(type, subtype, body, {
      session_id: this.session,
      handle_id: this.handle,
      timestamp: Date.now() * 1000,
      ...(this.#name === undefined ? {} : { opaque_id: this.#name }),
    });
  }

  /** All events up to where media flow. */
  async begin(): Promise<void> {
    const jsep = (owner: string, type: string) =>
      this.event(8, 0, { owner, jsep: { type, sdp: `v=0\r\ns=${owner}\r\n` } });
    const side = { port: 4000, type: "host", transport: "udp", family: 4 };
    await this.#to.send(
      ...attached(this.#name, this.handle, this.session),
      jsep("remote", "offer"),
      jsep("local", "answer"),
      this.event(16, 1, { ice: "connected", stream_id: 1, component_id: 1 }),
      this.event(16, 4, {
        "selected-pair": "a <-> b",
        candidates: {
          local: { address: "10.0.0.1", ...side },
          remote: { address: "10.0.0.2", ...side, type: "srflx" },
        },
      }),
      this.event(16, 5, { dtls: "connected", stream_id: 1, component_id: 1 }),
      this.event(16, 6, { connection: "webrtcup" }),
    );
  }

  /** Statistics of a second. @param lost packets of 50 */
  async report(lost = 0, more: object = {}): Promise<void> {
    this.#packets += 50;
    this.#lost += lost;
    const values = {
      "packets-received": this.#packets,
      "packets-sent": this.#packets,
      "bytes-received": this.#packets * 1000,
      "bytes-sent": this.#packets * 800,
      lost: this.#lost,
      ...more,
    };
    await this.#to.send(this.event(32, 3, statistics(values)));
  }

  /** It is over. */
  async hangup(reason: string): Promise<void> {
    await this.#to.send(this.event(16, 6, { connection: "hangup", reason }));
  }
}

/** What most tests have. */
export interface Scene {
  readonly published: Published;
  readonly monitor: RunningMonitor;
  readonly browser: Browser;
  readonly page: Page;
}

/** Runs a test with a monitor and its page in a browser, which must not complain of anything. */
export async function withPage(
  options: PageOptions,
  test: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using published = new Published();
  await using monitor = await RunningMonitor.start("--events", published.endpoint);
  await published.ready();
  await using browser = await Browser.start();
  const page = await browser.open(`${monitor.address}/`, options);
  await page.untilText("live", ".top");
  await test({ published, monitor, browser, page });
  assertEquals(page.complaints, []);
}
