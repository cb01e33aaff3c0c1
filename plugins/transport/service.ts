/** The transport: what clients send goes to Janus, what Janus sends goes to clients. @module */
import type { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import { PollEvent } from "../../ffi/zmq/constants.ts";
import type { Poller, ThinContext } from "../../ffi/zmq/thin.ts";
import { type Api, type ApiOptions, openApi } from "./api.ts";
import { Drops } from "./drops.ts";
import { HookQueues, type MessageHooks } from "./hooking.ts";
import { Budget } from "./outbox.ts";
import { PeerIds } from "./peer_ids.ts";
import { Up } from "./records.ts";
import type { RestoredPeer } from "./peer_lifecycle.ts";
import { ReplyPath, type ServedApis } from "./reply_path.ts";
import { SessionTable } from "./sessions.ts";
import type { Shared } from "./shared.ts";
import { Uplink } from "./uplink.ts";

/** When Janus ends: how long (ms) hooks may take for what is under way, and then to tear down. */
const STOP_MS = 400;
const CLOSE_MS = 500;
/** So long (ms) Janus's side may take to take what it has to be told, and how often (us) it is asked. */
const FLUSH_MS = 100;
const FLUSH_US = 500;

/** As much again as a part of what may wait for all peers may wait for those that poll others' sessions. */
const GUESTS_SHARE = 1 / 4;

/** What the transport is made of. */
export interface TransportParts extends Pick<Shared, "link" | "log" | "settings"> {
  readonly context: ThinContext;
  readonly routers: readonly ApiOptions[];
  readonly restored: readonly RestoredPeer[];
  /** Bytes that may wait for all peers together. */
  readonly backlog: number;
  /** Operators' hooks; null if there are none. */
  readonly hooks?: MessageHooks | null;
  /** Janus's admin has changed settings. @returns what the stub must be told (`Up.ready`) */
  readonly configure: (changes: never) => string;
}

/** Serves the Janus API and the Admin API in the plugin's loop. */
export class TransportService {
  readonly #parts: TransportParts;
  readonly #shared: Shared;
  /** Of the APIs' connections, in the order of the APIs. */
  readonly monitors: readonly ConnectionMonitor[];
  readonly #apis: Api[];
  readonly #served: ServedApis;
  readonly #replies: ReplyPath;
  readonly #slots: number[] = [];
  #listening = true;
  #stopBy = Infinity;

  /** Binds the sockets. @throws {ZmqError} with the endpoint, if one can't be bound */
  constructor(parts: TransportParts) {
    this.#parts = parts;
    const { context, link, log, settings, hooks, restored } = parts;
    const budget = new Budget(parts.backlog);
    const sessions = new SessionTable(budget, new Budget(parts.backlog * GUESTS_SHARE));
    const [uplink, drops] = [new Uplink(link), new Drops(link, log)];
    const hooking = hooks ? new HookQueues(hooks) : null;
    const shared = this.#shared = { link, log, settings, uplink, sessions, hooking, drops, budget };
    const ids = new PeerIds(link.generation);
    ids.restore(restored.map(({ id }) => id));
    this.#apis = parts.routers.map((options) => openApi(options, { ...shared, context, ids }));
    this.monitors = this.#apis.map(({ router }) => router.monitor);
    const find = (admin: boolean) => this.#apis.find(({ peers }) => peers.admin === admin);
    const served = this.#served = { janus: find(false), admin: find(true) };
    const control = (payload: Uint8Array) => this.#control(payload);
    this.#replies = new ReplyPath({ ...shared, served, control });
    this.#restore();
  }

  /** Takes over the peers that Janus's side remembers. */
  #restore(): void {
    let expected = 0;
    for (const { id, admin, sessions, state } of this.#parts.restored) {
      const api = admin ? this.#served.admin : this.#served.janus;
      if (api === undefined || state === undefined) {
        // Its API is served no more, or nobody knows who it was.
        this.#shared.uplink.push(Up.peerGone, { id, admin }, 0, "");
      } else if (api.lifecycle.restore(id, state, sessions)) {
        expected++;
      }
    }
    if (expected === 0) return;
    this.#parts.log.info(`${expected} peers known before the restart are expected back`);
  }

  /** Endpoints by API, as bound. */
  get endpoints(): { janus: string | null; admin: string | null } {
    return {
      janus: this.#served.janus?.router.endpoint ?? null,
      admin: this.#served.admin?.router.endpoint ?? null,
    };
  }

  /** Adds the sockets to the loop's poller. */
  watch(poller: Poller): void {
    for (const { router } of this.#apis) {
      this.#slots.push(poller.add(router.socket, PollEvent.IN));
      poller.add(router.monitor.socket, PollEvent.IN);
    }
  }

  /** Before the loop waits: sockets from which nothing can be taken must not wake it. */
  prepare(poller: Poller): void {
    this.#shared.uplink.flush();
    const { accepting } = this;
    if (this.#listening === accepting) return;
    this.#listening = accepting;
    for (const slot of this.#slots) poller.modify(slot, accepting ? PollEvent.IN : 0);
  }

  /** False while no request can be taken. */
  get accepting(): boolean {
    return this.#apis.every(({ requests }) => requests.accepting);
  }

  /** The hooks' engine. */
  get scripts(): MessageHooks["engine"] | null {
    return this.#parts.hooks?.engine ?? null;
  }

  /** False while what is in hand waits for hooks. */
  get ready(): boolean {
    return !this.#replies.waiting && (this.#stopBy === Infinity || !this.#shared.hooking!.busy);
  }

  /** Handles what Janus has sent. */
  drain(stopping = false): number {
    const count = this.#replies.drain();
    if (!stopping || count > 0 || !this.#shared.hooking?.busy) return count;
    const now = Date.now();
    if (this.#stopBy === Infinity) this.#stopBy = now + STOP_MS;
    return now < this.#stopBy ? 1 : 0; // there is more to do
  }

  /** Reads from the sockets; true if there may be more. */
  receive(): boolean {
    this.#shared.uplink.flush();
    let more = false;
    // In turn: a flood on one API must not keep out the other where both wait for the way up.
    this.#apis.push(this.#apis.shift()!);
    for (const { receiver } of this.#apis) {
      if (receiver.receive()) more = true;
    }
    return more;
  }

  /** Milliseconds until {@linkcode tick} has something to do; -1 if it has not. */
  timeout(now: number): number {
    const { hooking, drops } = this.#shared;
    if (hooking?.busy && this.scripts!.available) return 0; // they are asked in drain
    const deadline = Math.min(drops.deadline, ...this.#apis.map(({ deadline }) => deadline));
    return deadline === Infinity ? -1 : Math.max(0, Math.ceil(deadline - now));
  }

  /** What is due by time rather than by message. */
  tick(now: number): void {
    this.#shared.hooking?.start();
    this.#shared.drops.tick(now);
    for (const api of this.#apis) api.tick(now);
  }

  /** Janus's admin changes settings, or ends peers. */
  #control(payload: Uint8Array): void {
    const { configure, kick } = JSON.parse(new TextDecoder().decode(payload));
    if (configure !== undefined) {
      this.#shared.uplink.push(Up.ready, null, 0, this.#parts.configure(configure as never));
    }
    for (const id of kick ?? []) {
      for (const { peers, lifecycle } of this.#apis) {
        const peer = peers.byId(id);
        if (peer !== undefined) lifecycle.drop(peer);
      }
    }
  }

  /** Descriptors of the connections that are open. */
  *connections(): Iterable<number> {
    for (const monitor of this.monitors) yield* monitor.descriptors;
  }

  /** Closes the sockets; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    this.scripts?.close(CLOSE_MS);
    // Who is told of it only here would be forgotten with us.
    this.#shared.uplink.flush();
    for (const end = Date.now() + FLUSH_MS; this.#shared.uplink.blocked && Date.now() < end;) {
      this.#parts.link.nap(FLUSH_US);
      this.#shared.uplink.flush();
    }
    for (const { router } of this.#apis) router.close(linger);
  }
}
