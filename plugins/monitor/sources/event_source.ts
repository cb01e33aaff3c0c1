/** The events of one server: a SUB at its event handler, which comes back by itself. @module */
import { Subscriber } from "@janus-zeromq/zmq";
import type { ServerEvent } from "../../janus/events.ts";
import type { Log } from "../../janus/log.ts";
import type { Model } from "../model.ts";
import type { Server } from "../server.ts";
import { MAX_FRAME, MAX_QUEUED, type Rest, takeIn } from "./intake.ts";
import { readMessage } from "./message.ts";
import type { Security } from "./security.ts";

/** With nothing for so long (ms) after the connection stands, that is worth a word. */
const SILENCE_MS = 30_000;
/** libzmq gives up on a refusal: a new socket asks again after this time (ms). */
const REFUSED_MS = 5000;
/** It does so, too, on a message that it does not take: without another attempt in this time (ms). */
const GIVEN_UP_MS = 2000;
/** Lines about messages that make no sense, until it is quiet. */
const MAX_COMPLAINTS = 3;

/** Events of a group that are taken in at once: others have their turn between them. */
const AT_ONCE = 100;
/** Characters of what a parser says. */
const MAX_WHY = 200;

/** Where events come from. */
export interface EventSourceOptions extends Security {
  readonly endpoint: string;
  /** Listen there, where the plugin dials out. */
  readonly bind: boolean;
}

/** Follows one server's events. */
export class EventSource implements Disposable {
  readonly #model: Model;
  readonly #server: number;
  readonly #options: EventSourceOptions;
  readonly #log: Log;
  #socket: Subscriber | null = null;
  #closed = false;
  /** An event has come over this connection; over any. */
  #heard = false;
  #everHeard = false;
  #called: string;
  #complaints = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #givenUp: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** @throws {ZmqError} for an endpoint that can't be, or keys that are none */
  constructor(model: Model, server: number, options: EventSourceOptions, log: Log) {
    this.#model = model;
    this.#server = server;
    this.#options = options;
    this.#log = log;
    this.#called = model.servers[server]!.name;
    this.#open();
  }

  /** Closes the socket. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    clearTimeout(this.#givenUp);
    clearTimeout(this.#silence);
    this.#socket?.close();
    this.#socket = null;
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #open(): void {
    const { endpoint, bind, curve, plain } = this.#options;
    const socket = new Subscriber({
      receiveHighWaterMark: MAX_QUEUED,
      maxMessageSize: MAX_FRAME,
      linger: 0,
      reconnectMaxInterval: 2000,
      // A cut cable shows after half a minute. libzmq's own heartbeats can abort the process.
      tcpKeepalive: 1,
      tcpKeepaliveIdle: 15,
      tcpKeepaliveInterval: 5,
      tcpKeepaliveCount: 3,
      ipv6: endpoint.includes("["),
      ...(curve === null ? {} : {
        curveServerKey: curve.serverKey,
        curvePublicKey: curve.publicKey,
        curveSecretKey: curve.secretKey,
      }),
      ...(plain === null ? {} : { plainUsername: plain.username, plainPassword: plain.password }),
    });
    try {
      this.#watch(socket);
      socket.subscribe();
      if (bind) socket.bindSync(endpoint);
      else socket.connect(endpoint);
    } catch (error) {
      socket.close();
      throw error;
    }
    this.#socket = socket;
    this.#receive(socket);
  }

  #watch(socket: Subscriber): void {
    // Between a connection and its handshake an end is a refusal, if it is not the only one: CURVE says
    // no more.
    let shaking = false;
    let broken = 0;
    // One that was replaced has no say.
    const now = (what: () => void) => () => {
      if (this.#socket === socket) what();
    };
    const refused = now(() => this.#refused(socket));
    socket.events
      .on("connect", () => {
        clearTimeout(this.#givenUp);
        shaking = true;
      })
      .on(
        "handshake",
        now(() => {
          shaking = false;
          broken = 0;
          this.#up();
        }),
      )
      .on("handshake:error:auth", refused)
      .on("handshake:error:protocol", refused)
      .on("handshake:error:other", refused)
      .on(
        "connect:retry",
        now(() => {
          clearTimeout(this.#givenUp);
          if (!shaking) this.#away();
        }),
      )
      .on(
        "disconnect",
        now(() => {
          if (!shaking) this.#lost(socket);
          else if (++broken > 1) this.#refused(socket);
          shaking = false;
        }),
      );
  }

  async #receive(socket: Subscriber): Promise<void> {
    try {
      await takeIn(socket, this.#model.servers.length, (frames) => this.#take(frames));
    } catch (error) {
      if (!this.#closed && this.#socket === socket) {
        this.#log.error(`Cannot receive events from ${this.#name}: ${error}`);
      }
    }
  }

  #take(frames: readonly Uint8Array[]): Rest | null {
    return this.#attempt(() => {
      const message = readMessage(frames);
      if (message.kind === "events") {
        if (!this.#heard) this.#hear();
        return this.#takeEvents(message.events, message.number);
      }
      this.#link.takeDropped(message.dropped);
      return null;
    });
  }

  /** Takes in some, from a place on. @returns the others */
  #takeEvents(events: readonly ServerEvent[], number: number | null, at = 0): Rest | null {
    const end = at + AT_ONCE;
    const some = events.length <= AT_ONCE ? events : events.slice(at, end);
    this.#model.take(this.#server, some, number === null ? null : number + at, Date.now());
    if (this.#link.name !== this.#called) this.#rename();
    if (end >= events.length) return null;
    return () => this.#attempt(() => this.#takeEvents(events, number, end));
  }

  #attempt(take: () => Rest | null): Rest | null {
    try {
      return take();
    } catch (error) {
      if (this.#complaints++ >= MAX_COMPLAINTS) return null;
      const why = error instanceof Error ? error.message : String(error);
      // A parser quotes what it has read, which may be anything.
      const shown = why.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, MAX_WHY);
      this.#log.warning(`A message from ${this.#name} is left out: ${shown}`);
      return null;
    }
  }

  #rename(): void {
    const { name, endpoint } = this.#link;
    // At first it is called by its endpoint.
    if (this.#called !== endpoint) {
      this.#log.warning(
        `Another server answers at ${endpoint}: ${name}, where ${this.#called} was. Metrics have its` +
          " name from here on",
      );
    }
    this.#called = name;
  }

  get #link(): Server {
    return this.#model.servers[this.#server]!;
  }

  get #name(): string {
    return this.#link.endpoint;
  }

  /** The first event, or the first again: all is well. */
  #hear(): void {
    this.#heard = this.#everHeard = true;
    clearTimeout(this.#silence);
    this.#set("up");
  }

  #up(): void {
    this.#heard = false;
    if (this.#set("up")) this.#log.info(`Events come from ${this.#name}`);
    clearTimeout(this.#silence);
    // A server that is quiet after a reconnect is just quiet.
    if (this.#everHeard) return;
    this.#silence = setTimeout(() => {
      const problem =
        `Connected to ${this.#name}, but no event has come in ${SILENCE_MS / 1000} s.` +
        " If something happens in Janus (a session, a call), set events: { broadcast = true } in" +
        " janus.jcfg, and look at the types in general.events";
      this.#set("up", problem);
      this.#log.warning(problem);
    }, SILENCE_MS);
    Deno.unrefTimer(this.#silence as unknown as number);
  }

  #away(): void {
    const { state } = this.#link.events;
    // A refusal ends the connection, which is then tried again: that it was one says more.
    if (state === "refused") return;
    clearTimeout(this.#silence);
    // Of several that dial in, another one may still be there: its next event tells.
    this.#heard = false;
    const { bind } = this.#options;
    if (state === "up" || state === "lost") {
      const problem = `The connection to ${this.#name} is lost; it is being made again`;
      if (this.#set("lost", problem)) this.#log.warning(problem);
      return;
    }
    const problem = bind
      ? `Nobody has connected to ${this.#name}. Does the plugin dial out to it (general.mode = "connect")?`
      : this.#isNoFile
      ? `There is no file for ${this.#name}. Does Janus run, with the event handler, and is that its` +
        " general.endpoints?"
      : `Nobody answers at ${this.#name}. Does Janus run, with the event handler? Its log says` +
        ' "Events (...) on tcp://...": is that the address and port?';
    if (this.#problem !== problem) this.#log.warning(problem);
    this.#set("connecting", problem);
  }

  #lost(socket: Subscriber): void {
    this.#away();
    clearTimeout(this.#givenUp);
    if (this.#options.bind) return;
    this.#givenUp = setTimeout(() => {
      const most = MAX_FRAME / 1024 / 1024;
      const problem =
        `${this.#name} sent a message of more than ${most} MiB, or what is not ZeroMQ's.` +
        " The connection is being made again; what came meanwhile is missing";
      this.#set("lost", problem);
      this.#log.warning(problem);
      socket.close();
      this.#open();
    }, GIVEN_UP_MS);
    Deno.unrefTimer(this.#givenUp as unknown as number);
  }

  #refused(socket: Subscriber): void {
    const { bind, curve, plain } = this.#options;
    // Whoever else tries to dial in is nobody's trouble.
    if (bind && this.#link.events.state === "up") return;
    const hint = curve !== null
      ? " Is --server-key that server's, and --key that of a client it knows?"
      : plain !== null
      ? " Is the password right, and the mechanism plain?"
      : " A secured one needs --server-key and --key (curve), or --user and --password-file (plain).";
    const problem = `${this.#name} refuses the monitor: look at security.mechanism in` +
      ` janus.eventhandler.zeromqevh.jcfg, and at what Janus's log says of it.${hint}`;
    if (this.#set("refused", problem)) this.#log.error(problem);
    clearTimeout(this.#again);
    if (bind) return;
    this.#again = setTimeout(() => {
      socket.close();
      this.#open();
    }, REFUSED_MS);
    Deno.unrefTimer(this.#again as unknown as number);
  }

  /** An address of ipc that nobody has made, or that nobody may see. */
  get #isNoFile(): boolean {
    const [, path] = /^ipc:\/\/([^@].*)$/s.exec(this.#options.endpoint) ?? [];
    if (path === undefined) return false;
    try {
      Deno.statSync(path);
      return false;
    } catch {
      return true;
    }
  }

  get #problem(): string | null {
    return this.#link.events.problem;
  }

  /** @returns true if the state is another one than before */
  #set(state: "connecting" | "up" | "lost" | "refused", problem?: string): boolean {
    const before = this.#link.events.state;
    this.#link.setLink("events", state, Date.now(), problem);
    return before !== state;
  }
}
