/** A real Janus with both plugins, and what tests do with it. */
import { sleep } from "../../../scripts/lib/waiting.ts";
import { type JanusReport, PrivateJanus } from "../../../scripts/private_janus/private_janus.ts";
import { formatJcfg } from "../../../scripts/private_janus/config.ts";
import type { PrivateJanusOptions } from "../../../scripts/private_janus/options.ts";
import { assert, assertEquals, assertLess } from "../../assert.ts";
import type { CounterName } from "../../../plugins/transport/counters.ts";
import { OwnClient } from "./own_client.ts";
import { type Json, PATIENCE, type SocketOpener, type TestSocket } from "./socket.ts";

/** Janus's names for the plugins. */
export const PACKAGES = {
  transport: "janus.transport.zeromq",
  events: "janus.eventhandler.zeromqevh",
} as const;

export type PluginName = keyof typeof PACKAGES;

/** How the Admin API is asked something of a plugin. */
const QUERIES = {
  transport: ["query_transport", { transport: PACKAGES.transport }],
  events: ["query_eventhandler", { handler: PACKAGES.events }],
} as const;

/** The longest that Janus may take to end, in milliseconds. */
const STOP_MS = 4000;

function echoConfig(events: boolean): Record<string, string> {
  return { "janus.plugin.echotest.jcfg": formatJcfg({ general: { events } }) };
}

/** Has the echo test tell the event handlers of each message. */
export const ECHO_EVENTS: Readonly<Record<string, string>> = echoConfig(true);

let transactions = 0;

/** A transaction that no other request has. */
export function transaction(): string {
  return `t${++transactions}`;
}

/** A request with a transaction, as text. */
export function request(janus: string, more: Json = {}): string {
  return JSON.stringify({ janus, transaction: transaction(), ...more });
}

/** A Janus for tests, with sockets of our own to talk to it. */
export class Fixture implements AsyncDisposable {
  readonly janus: PrivateJanus;
  /** Opens sockets; they are closed with the fixture. */
  readonly client: OwnClient;
  readonly #subs: TestSocket[] = [];
  #admin: TestSocket | undefined;

  private constructor(janus: PrivateJanus) {
    this.janus = janus;
    this.client = new OwnClient();
  }

  /**
   * Starts Janus and waits for the plugins' ports. The echo test tells the event handlers nothing,
   * unless `files` has {@linkcode ECHO_EVENTS}: it does so after it has let go of the session, and
   * takes Janus down if the client ends that meanwhile.
   */
  static async start(options: PrivateJanusOptions = {}): Promise<Fixture> {
    const files = { ...echoConfig(false), ...options.files };
    const fixture = new Fixture(await PrivateJanus.start({ ...options, files }));
    if (options.ready !== undefined && options.ready !== "ports") return fixture;
    // A busy Janus writes its lines late.
    try {
      if (options.transport !== false) await fixture.ready("transport", 0);
      if (options.event_handler !== false) await fixture.ready("events", 0);
    } catch (error) {
      await fixture.stop();
      throw error;
    }
    return fixture;
  }

  /** A socket at the Janus API. */
  connect(type: "REQ" | "DEALER", options: { identity?: string; relaxed?: boolean } = {}) {
    return this.client.open({ type, endpoint: this.janus.endpoints.api, ...options });
  }

  /** Sends a request over a DEALER and gives its reply; what Janus says of itself before it is lost. */
  async ask(dealer: TestSocket, verb: string, more: Json = {}): Promise<Json> {
    const text = request(verb, more);
    dealer.send(text);
    let reply = await this.told(dealer.json(), text);
    while (reply.transaction === undefined) reply = await this.told(dealer.json(), text);
    assertEquals(reply.transaction, JSON.parse(text).transaction, JSON.stringify(reply));
    return reply;
  }

  /** A reply, or an error that says what was asked and what Janus said. */
  async told<T>(reply: Promise<T>, asked: string): Promise<T> {
    try {
      return await reply;
    } catch (cause) {
      const words = this.janus.log.tail().join("\n");
      throw new Error(`No reply to ${asked}: ${cause}; Janus said:\n${words}`, { cause });
    }
  }

  /** The reply to an Admin API request (`admin: true`). */
  async admin(verb: string, more: Json = {}): Promise<Json> {
    const endpoint = this.janus.endpoints.admin;
    this.#admin ??= this.client.open({ type: "DEALER", endpoint });
    return await this.ask(this.#admin, verb, { admin_secret: this.janus.admin_secret, ...more });
  }

  /** What a plugin answers to a query. */
  async query(plugin: PluginName, query: Json): Promise<Json> {
    const [verb, whom] = QUERIES[plugin];
    let reply: Json = {};
    // A plugin answers a little before Janus knows it by its name.
    await this.waitFor(`Janus to know ${PACKAGES[plugin]}`, async () => {
      reply = await this.admin(verb, { ...whom, request: query });
      return !/^Invalid (transport|event handler)$/.test(reply.error?.reason ?? "");
    });
    assertEquals(reply.janus, "success", JSON.stringify(reply));
    return reply.response;
  }

  /** Has Janus's core emit an event with this data. */
  async emit(data: Json): Promise<void> {
    const reply = await this.admin("custom_event", { schema: "test", data });
    assertEquals(reply.janus, "success", JSON.stringify(reply));
  }

  /**
   * A SUB at the event handler whose subscription has arrived there: it misses nothing that is
   * emitted from now on. Needs the admin socket.
   */
  async subscribe(topic = "", client: SocketOpener = this.client): Promise<TestSocket> {
    // Those that were closed may still be counted.
    await this.subscriptions(this.#subs.filter(({ closed }) => !closed).length);
    const endpoint = this.janus.endpoints.events;
    const sub = client.open({ type: "SUB", endpoint, topic });
    this.#subs.push(sub);
    await this.subscriptions(this.#subs.filter(({ closed }) => !closed).length);
    return sub;
  }

  /** Waits until the event handler counts so many subscriptions. Needs the admin socket. */
  async subscriptions(count: number): Promise<void> {
    await this.waitFor(`${count} subscriptions`, async () => {
      // A process that is being started has no counters to show.
      const { counters } = await this.query("events", { request: "info" });
      return counters?.subscriptions === count;
    });
  }

  /** What the transport counts now. */
  async counters(): Promise<Record<CounterName, number>> {
    return (await this.query("transport", { request: "info" })).counters;
  }

  /** The sessions that Janus has. */
  async sessions(): Promise<number[]> {
    return (await this.admin("list_sessions")).sessions;
  }

  /** Waits until Janus has this session no more. */
  async sessionGone(session_id: number): Promise<void> {
    await this.waitFor(`session ${session_id} to be gone`, async () => {
      return !(await this.sessions()).includes(session_id);
    });
  }

  /** What `connections` shows of the Janus API's peers. */
  async connections(): Promise<Json[]> {
    const { connections } = await this.query("transport", { request: "connections" });
    return connections.filter(({ api }: Json) => api === "janus");
  }

  /** The process id of a plugin's process, as its last line about it says. */
  pid(plugin: PluginName): number {
    const found = this.janus.log.lines.map((line) => readyPattern(plugin).exec(line)?.[1])
      .findLast((pid) => pid !== undefined);
    assert(found !== undefined, `${plugin} never said that its process is ready`);
    return Number(found);
  }

  /** Waits until a plugin's process is ready again. @param since a mark in Janus's log */
  async ready(plugin: PluginName, since: number): Promise<number> {
    return Number((await this.janus.waitForLog(readyPattern(plugin), PATIENCE, since))[1]);
  }

  /** Waits until something is true. */
  async waitFor(what: string, test: () => Promise<boolean> | boolean): Promise<void> {
    await waitFor(what, test, this.janus);
  }

  /** Janus's lines about a plugin at some levels. */
  complaints(level: "ERR" | "WARN" | "ERR|WARN", plugin?: PluginName): string[] {
    const name = plugin === undefined ? "janus\\.[a-z.]+zeromq" : PACKAGES[plugin];
    const pattern = new RegExp(`\\[(${level})\\] \\[${name}`);
    return this.janus.log.lines.filter((line) => pattern.test(line));
  }

  /** Ends Janus and says how that went. */
  async stop(): Promise<JanusReport> {
    await this.client[Symbol.asyncDispose]();
    return await this.janus.stop();
  }

  /** Ends Janus, which must go well. */
  async [Symbol.asyncDispose](): Promise<void> {
    const report = await this.stop();
    const shown = `${JSON.stringify(report)}\n${this.janus.log.tail().join("\n")}`;
    assertEquals(report.left_behind, [], shown);
    if (report.signal === "SIGKILL" && !report.killed) return; // by the test itself
    assert(!report.killed && report.code === 0, shown);
    assertLess(report.milliseconds, STOP_MS, shown);
  }
}

function readyPattern(plugin: PluginName): RegExp {
  return new RegExp(
    `\\[${PACKAGES[plugin]}\\] The plugin's process is ready in \\d+ ms \\(pid (\\d+)\\)`,
  );
}

/** Waits until something is true; fails with Janus's last words. */
export async function waitFor(
  what: string,
  test: () => Promise<boolean> | boolean,
  janus?: PrivateJanus,
  timeout = PATIENCE,
): Promise<void> {
  const end = performance.now() + timeout;
  while (!(await test())) {
    if (performance.now() > end) {
      const words = janus === undefined ? "" : `; Janus said:\n${janus.log.tail().join("\n")}`;
      throw new Error(`Waited ${timeout} ms for ${what}${words}`);
    }
    await sleep(5);
  }
}

/** One Janus for the tests of a file: started by the first that asks, ended after the last. */
export function sharedFixture(
  options: PrivateJanusOptions = {},
  start: (options: PrivateJanusOptions) => Promise<Fixture> = Fixture.start,
): () => Promise<Fixture> {
  let started: Promise<Fixture> | undefined;
  Deno.test.afterAll(async () => {
    await (await started)?.[Symbol.asyncDispose]();
  });
  return () => started ??= start(options);
}
