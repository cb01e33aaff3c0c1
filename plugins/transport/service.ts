/** The transport: what Janus sends goes to peers, what peers send goes to Janus. @module */
import { Down, Flag as RecordFlag, SessionFlag, Up } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import { PollEvent } from "../../ffi/zmq/constants.ts";
import type { Message, Poller, ThinContext } from "../../ffi/zmq/thin.ts";
import { ErrorCode, errorReply } from "../janus/errors.ts";
import type { Log } from "../janus/log.ts";
import { readRequestHead, type RequestHead } from "../janus/request.ts";
import { Access, type AccessRules, type Refusal } from "./access.ts";
import type { Account } from "./account.ts";
import { Counter } from "./counters.ts";
import { Delivery } from "./delivery.ts";
import { Budget } from "./outbox.ts";
import { HookedBatch } from "./hooked_batch.ts";
import type { HookItem, HookResult } from "../sdk/hook_item.ts";
import { HookLanes, type MessageHooks } from "./hooking.ts";
import { type Repeated, repeatedIn, repeatedOf } from "./head.ts";
import {
  beginRequest,
  hasOwnId,
  identityText,
  type Peer,
  PeerIds,
  type PeerIntroduction,
} from "./peers.ts";
import { Polls } from "./polling.ts";
import { type RestoredPeer, Roster } from "./roster.ts";
import { Router, type RouterHandler, type RouterOptions } from "./router.ts";
import { isQueued, SessionTable } from "./sessions.ts";
import type { TransportSettings } from "./settings.ts";
import { Uplink } from "./uplink.ts";

const NOT_ONE_FRAME: Refusal = {
  code: ErrorCode.invalid_json,
  reason: "A request is JSON text in one frame",
};
const NOT_AN_OBJECT: Refusal = {
  code: ErrorCode.invalid_json,
  reason: "Invalid JSON: a request is one JSON object",
};
const HOOK_FAILED: Refusal = {
  code: ErrorCode.unknown,
  reason: "A hook could not tell whether this is allowed (hooks.on_error)",
};
/** When Janus ends: how long (ms) hooks may take for what is under way, and then to tear down. */
const STOP_MS = 400;
/** So long (ms) Janus's side may take to take what it has to be told, and how often (us) it is asked. */
const FLUSH_MS = 100;
const FLUSH_US = 500;
const CLOSE_MS = 500;
/** How often (ms) connections are counted that libzmq has left behind, and how many there may be. */
const COUNT_MS = 10_000;
const MAX_LEFT_BEHIND = 500;
/** A request longer than this is no poll: not all of them are looked into. */
const POLL_BYTES = 65_536;
const POLL = new TextEncoder().encode('"poll"');

/** What the transport is made of. */
export interface TransportParts {
  readonly context: ThinContext;
  readonly link: Link;
  readonly log: Log;
  readonly settings: TransportSettings;
  readonly routers: readonly (RouterOptions & AccessRules)[];
  readonly restored: readonly RestoredPeer[];
  /** Bytes that may wait for all peers together. */
  readonly backlog: number;
  /** Operators' hooks; null if there are none. */
  readonly hooks?: MessageHooks | null;
  /** Has the process started anew, in order. */
  readonly renew?: () => void;
  /** Janus's admin has changed settings. @returns what the stub must be told (`Up.ready`) */
  readonly configure: (changes: never) => string;
}

/** Serves the Janus API and the Admin API. */
export class TransportService implements RouterHandler {
  readonly #link: Link;
  readonly #log: Log;
  readonly #settings: TransportSettings;
  readonly #uplink: Uplink;
  /** Routers that had a message of which it was said that it names no connection. */
  readonly #toldOfStrays = new Set<Router>();
  readonly #routers: Router[] = [];
  readonly #access = new Map<Router, Access>();
  readonly #sessions: SessionTable;
  readonly #delivery: Delivery;
  readonly #polls: Polls;
  readonly #roster: Roster;
  readonly #configure: TransportParts["configure"];
  readonly #hooks: MessageHooks | null;
  readonly #lanes: HookLanes | null;
  /** Requests of each peer that hooks have not seen yet, and peers that have left meanwhile. */
  readonly #pending = new Map<Peer, number>();
  readonly #leaving = new Map<Peer, Router>();
  /** The batch in hand, while hooks look at the replies in it. */
  readonly #batch: HookedBatch | null;
  readonly #renew: TransportParts["renew"];
  #countAt = 0;
  #stopBy = Infinity;
  #slots: number[] = [];
  #listening = true;
  readonly #handle = (index: number) => this.record(index);

  /** Binds the sockets. @throws {ZmqError} with the endpoint, if one can't be bound */
  constructor(parts: TransportParts) {
    const { context, link, log, settings, restored } = parts;
    this.#link = link;
    this.#log = log;
    this.#settings = settings;
    this.#configure = parts.configure;
    this.#renew = parts.renew;
    this.#hooks = parts.hooks ?? null;
    this.#lanes = this.#hooks === null ? null : new HookLanes(this.#hooks);
    this.#batch = this.#lanes === null ? null : new HookedBatch(link, this.#lanes);
    this.#uplink = new Uplink(link);
    const budget = new Budget(parts.backlog);
    this.#sessions = new SessionTable(budget);
    this.#delivery = new Delivery(link, log, settings, budget);
    this.#polls = new Polls(this.#sessions, (peer, request, bytes) => {
      const router = this.#router(peer.admin);
      if (router !== undefined) this.#delivery.bytes(router, peer, request, bytes);
    });
    const ids = new PeerIds(link.generation);
    ids.restore(restored.map(({ id }) => id));
    for (const options of parts.routers) {
      const router = new Router(options, context, ids, this);
      this.#routers.push(router);
      this.#access.set(router, new Access(options, this.#sessions));
    }
    this.#roster = new Roster(this.#uplink, this.#delivery, this.#sessions, this.#polls, parts);
    this.#roster.restore(this.#routers, restored);
  }

  /** Endpoints by API, as bound. */
  get endpoints(): { janus: string | null; admin: string | null } {
    return {
      janus: this.#router(false)?.endpoint ?? null,
      admin: this.#router(true)?.endpoint ?? null,
    };
  }

  /** Adds the sockets to the loop's poller. */
  watch(poller: Poller): void {
    for (const router of this.#routers) {
      this.#slots.push(poller.add(router.socket, PollEvent.IN));
      poller.add(router.monitor.socket, PollEvent.IN);
    }
    this.#hooks?.watch(poller);
  }

  /** Before the loop waits: a full way up is not helped by reading more. */
  prepare(poller: Poller): void {
    this.#uplink.flush();
    this.#hooks?.prepare(poller);
    if (this.#listening === this.open) return;
    this.#listening = this.open;
    for (const slot of this.#slots) poller.modify(slot, this.#listening ? PollEvent.IN : 0);
  }

  /** What hooks have to say is not read by {@linkcode receive}. */
  woken(poller: Poller): number {
    return this.#hooks?.woken(poller) ?? 0;
  }

  /** False while what is in hand waits for hooks. */
  get ready(): boolean {
    return !this.#batch?.waiting && (this.#stopBy === Infinity || !this.#lanes!.busy);
  }

  /** Handles what Janus has sent. */
  drain(stopping = false): number {
    if (this.#batch === null) return this.#link.each(this.#handle);
    this.#lanes!.pump();
    const count = this.#batch.advance(
      (index) => this.#hookedReply(index),
      (index, text) => this.record(index, text),
    );
    if (!stopping || count > 0 || !this.#lanes!.busy) return count;
    const now = Date.now();
    if (this.#stopBy === Infinity) this.#stopBy = now + STOP_MS;
    return now < this.#stopBy ? 1 : 0; // there is more to do
  }

  /** Handles one record of Janus's. @param text what hooks made of it, if they did */
  record(index: number, text: Uint8Array<ArrayBuffer> | null = null): void {
    const link = this.#link;
    const kind = link.kind(index);
    if (kind === Down.control) return this.#control(link.payload(index));
    const router = this.#router((link.flags(index) & RecordFlag.admin) !== 0);
    const peer = router?.peers.byId(link.peer(index));
    if (router === undefined || peer === undefined) {
      router?.forget(link.request(index));
      if (kind === Down.message) this.#delivery.drop(1, "is gone", "verbose");
    } else if (kind === Down.session) {
      this.#session(peer, index);
    } else if (link.request(index) !== 0) {
      this.#reply(router, peer, index, text);
    } else {
      this.#event(router, peer, index, text);
    }
  }

  /** Reads from the sockets; true if there may be more. */
  receive(): boolean {
    this.#uplink.flush();
    let more = false;
    // In turn: a flood on one API must not keep out the other where both wait for the way up.
    this.#routers.push(this.#routers.shift()!);
    for (const router of this.#routers) {
      if (router.receive()) more = true;
    }
    return more;
  }

  /** Milliseconds until {@linkcode tick} has something to do; -1 if it has not. */
  timeout(now: number): number {
    // The sockets are looked at then; but not while nothing can be taken from them.
    if (this.open && this.#routers.some(({ hasLost }) => hasLost)) return 0;
    if (this.#lanes?.busy && this.#hooks!.available) return 0; // they are asked in drain
    const next = Math.min(
      this.#hooks?.timeout() ?? Infinity,
      this.#polls.deadline - now,
      this.#roster.deadline - now,
      this.#delivery.timeout(now),
      ...this.#routers.map(({ deadline }) => deadline - now),
    );
    return next === Infinity ? -1 : Math.max(0, Math.ceil(next));
  }

  /** What is due by time rather than by message. */
  tick(now: number): void {
    if (now >= this.#countAt) this.#countLeftBehind(now);
    this.#hooks?.tick();
    this.#lanes?.start();
    this.#polls.expire(now);
    this.#delivery.tick(now);
    this.#roster.tick(now);
  }

  /** Descriptors that libzmq will never close must not be used up: nobody new could be let in. */
  #countLeftBehind(now: number): void {
    this.#countAt = now + COUNT_MS;
    let count = 0;
    for (const { monitor } of this.#routers) {
      if (monitor.open > MAX_LEFT_BEHIND) count += monitor.countLeftBehind();
    }
    if (count <= MAX_LEFT_BEHIND || this.#renew === undefined) return;
    this.#log.error(
      `${count} connections are left over whose routing ids others have taken: starting anew`,
    );
    this.#renew();
  }

  /** Descriptors of the connections that are open. */
  *connections(): Iterable<number> {
    for (const { monitor } of this.#routers) yield* monitor.descriptors;
  }

  /** Closes the sockets; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    this.#hooks?.close(CLOSE_MS);
    // Who is told of it only here would be forgotten with us.
    for (const end = Date.now() + FLUSH_MS; this.#uplink.blocked && Date.now() < end;) {
      this.#link.nap(FLUSH_US);
      this.#uplink.flush();
    }
    for (const router of this.#routers) router.close(linger);
  }

  // ---- what the routers tell (RouterHandler) ----

  get open(): boolean {
    return !this.#uplink.blocked && !this.#lanes?.full;
  }

  get burst(): number {
    return this.#settings.limits.max_burst;
  }

  admit(router: Router, introduction: PeerIntroduction, { peers }: Account): Peer | string {
    const { max_peers, max_peers_each } = this.#settings.limits;
    if (peers >= max_peers_each) {
      const whose = introduction.name === null ? "on one connection" : "of one name";
      return `Too many clients ${whose} (limits.max_peers_each = ${max_peers_each})`;
    }
    const peer = router.peers.size < max_peers ? this.#roster.open(router, introduction) : null;
    return peer ?? "Too many clients (limits.max_peers)";
  }

  refused(): void {
    this.#link.counters[Counter.errors]!++;
  }

  stray(router: Router): void {
    this.#link.counters[Counter.errors]!++;
    if (this.#toldOfStrays.has(router)) return;
    this.#toldOfStrays.add(router);
    this.#log.warning(
      "A message that names no connection was dropped, as are all that follow: its sender speaks" +
        " ZMTP 1.0 or 2.0 (libzmq before 4.0), or no ZMTP at all",
    );
  }

  displaced(router: Router, peer: Peer): void {
    this.#roster.displaced(router, peer);
  }

  stranger(_router: Router, owner: Peer, stranger: PeerIntroduction): void {
    this.#roster.stranger(owner, stranger);
  }

  back(router: Router, peer: Peer): void {
    this.#leaving.delete(peer);
    this.#roster.back(router, peer);
  }

  away(router: Router, peer: Peer): void {
    // What it sent before it left comes first.
    if (this.#pending.has(peer)) return void this.#leaving.set(peer, router);
    this.#roster.away(router, peer);
  }

  request(router: Router, peer: Peer, request: number, body: Message | null): void {
    const refusal = body === null ? null : this.#limit(peer, body.size);
    beginRequest(peer); // until a reply has left
    if (body === null) return this.#refuse(router, peer, request, NOT_ONE_FRAME, {});
    if (refusal !== null) return this.#refuse(router, peer, request, refusal, repeatedIn(body));
    const access = this.#access.get(router)!;
    const hooked = this.#hooks?.wants(false) || this.#pending.has(peer);
    if (access.concerned || hooked || this.#mentionsPoll(body)) {
      const bytes = body.copy();
      const head = readRequestHead(bytes);
      if (head === null) {
        // What can't be read here must not be read otherwise by Janus.
        if (access.concerned || hooked) {
          return this.#refuse(router, peer, request, NOT_AN_OBJECT, repeatedOf(bytes));
        }
      } else {
        const denied = access.check(peer, head);
        if (denied !== null) return this.#refuse(router, peer, request, denied, head);
        if (hooked) return this.#hookRequest(router, peer, request, bytes, head);
        if (head.janus === "poll" && !router.admin) return this.#poll(peer, request, head);
      }
    }
    const { admin, id } = peer;
    const flags = admin ? RecordFlag.admin : 0;
    const copy = () => body.copy();
    // Before the push: a query for the counters counts itself.
    this.#link.counters[Counter.received]!++;
    this.#uplink.pushPointer(Up.request, flags, id, request, body.data(), body.size, copy);
  }

  // ---- hooks ----

  /** Lets hooks look at a request; it goes on when they have seen it. */
  #hookRequest(
    router: Router,
    peer: Peer,
    request: number,
    text: Uint8Array<ArrayBuffer>,
    head: RequestHead,
  ): void {
    this.#pending.set(peer, (this.#pending.get(peer) ?? 0) + 1);
    this.#lanes!.add({ reply: false, peer: hookPeer(peer), text }, (result) => {
      if (router.peers.byId(peer.id) === peer) {
        this.#hooked(router, peer, request, text, head, result);
      } else router.forget(request);
      const left = this.#pending.get(peer)! - 1;
      if (left > 0) return void this.#pending.set(peer, left);
      this.#pending.delete(peer);
      if (this.#leaving.delete(peer)) this.#roster.away(router, peer);
    });
  }

  #hooked(
    router: Router,
    peer: Peer,
    request: number,
    sent: Uint8Array<ArrayBuffer>,
    head: RequestHead,
    result: HookResult,
  ): void {
    const refuse = (refusal: Refusal) => this.#refuse(router, peer, request, refusal, head);
    if (result.became === "refused") return refuse(result);
    if (result.became === "invalid") return refuse(NOT_AN_OBJECT);
    if (result.became === "failed") return refuse(HOOK_FAILED);
    const text = result.became === "changed" ? result.text : sent;
    if (text.length > this.#link.longest) {
      return refuse({
        code: ErrorCode.unknown,
        reason: `A hook made it ${text.length} bytes long`,
      });
    }
    const now = result.became === "changed" ? readRequestHead(text) : head;
    if (now?.janus === "poll" && !router.admin) return this.#poll(peer, request, now);
    this.#link.counters[Counter.received]!++;
    this.#uplink.push(Up.request, peer.admin ? RecordFlag.admin : 0, peer.id, request, text);
  }

  /** A record as hooks are to see it; null if they are not. */
  #hookedReply(index: number): HookItem | null {
    const link = this.#link;
    if (link.kind(index) !== Down.message || !this.#hooks!.wants(true)) return null;
    const router = this.#router((link.flags(index) & RecordFlag.admin) !== 0);
    const peer = router?.peers.byId(link.peer(index));
    if (peer === undefined) return null;
    // What we have asked Janus ourselves is nobody's business.
    const request = link.request(index);
    if (request !== 0 && !peer.admin && this.#polls.asked(request)) return null;
    return { reply: true, peer: hookPeer(peer), text: link.payload(index) };
  }

  // ---- requests ----

  #limit(peer: Peer, size: number): Refusal | null {
    const { max_message_size, max_rate, max_burst, max_in_flight } = this.#settings.limits;
    const refused = (reason: string) => ({ code: ErrorCode.unknown, reason });
    const { longest } = this.#link;
    if (size > Math.min(max_message_size, longest)) {
      const limit = max_message_size <= longest
        ? `limits.max_message_size (${max_message_size})`
        : `what runtime.ring_size allows (${longest})`;
      return refused(`The request of ${size} bytes is larger than ${limit}`);
    }
    if (peer.account.inFlight >= max_in_flight) {
      return refused(`Too many requests under way (limits.max_in_flight = ${max_in_flight})`);
    }
    if (!peer.account.bucket.take(max_rate, max_burst, Date.now())) {
      return refused(`Too many requests a second (limits.max_rate = ${max_rate})`);
    }
    return null;
  }

  #mentionsPoll(body: Message): boolean {
    return body.size <= POLL_BYTES && this.#link.contains(body.data(), body.size, POLL);
  }

  #poll(peer: Peer, request: number, head: RequestHead): void {
    const question = this.#polls.begin(peer, request, head);
    this.#link.counters[Counter.received]!++;
    this.#uplink.push(Up.request, 0, peer.id, request, question);
  }

  #refuse(
    router: Router,
    peer: Peer,
    request: number,
    { code, reason }: Refusal,
    repeated: Repeated,
  ): void {
    this.#link.counters[Counter.errors]!++;
    const text = errorReply(code, reason, repeated);
    this.#delivery.bytes(router, peer, request, new TextEncoder().encode(text));
  }

  // ---- what Janus sends ----

  #reply(
    router: Router,
    peer: Peer,
    index: number,
    text: Uint8Array<ArrayBuffer> | null,
  ): void {
    const link = this.#link;
    const request = link.request(index);
    if (!router.admin && this.#polls.asked(request)) { // each API has numbers of its own
      return this.#polls.settle(request, link.payload(index), Date.now());
    }
    if (text !== null) this.#delivery.bytes(router, peer, request, text);
    else this.#delivery.record(router, peer, request, index);
  }

  #event(
    router: Router,
    peer: Peer,
    index: number,
    text: Uint8Array<ArrayBuffer> | null,
  ): void {
    const link = this.#link;
    const session = this.#sessions.size === 0 ? undefined : this.#sessions.get(link.session(index));
    const poller = session?.polls[0]?.peer;
    const queued = session !== undefined &&
      (poller !== undefined || isQueued(session, Date.now()));
    if (queued) {
      const lost = session.queue.keep(0, text ?? link.payload(index), this.#settings.outbox);
      if (lost !== null) this.#delivery.drop(1, "does not poll (peers.outbox)", "warning");
      this.#polls.serve(session);
    }
    // Whoever owns a session gets its events, once.
    if (peer.pushable && poller !== peer) {
      if (text !== null) this.#delivery.bytes(router, peer, 0, text);
      else this.#delivery.record(router, peer, 0, index);
    } else if (!queued) this.#delivery.drop(1, "takes replies only", "verbose");
  }

  #session(peer: Peer, index: number): void {
    const link = this.#link;
    const id = link.session(index);
    const flags = link.flags(index);
    if ((flags & SessionFlag.over) === 0) {
      this.#sessions.own(id, peer);
    } else {
      const claimed = (flags & SessionFlag.claimed) !== 0;
      const session = this.#sessions.end(id, peer);
      if (session !== undefined) this.#polls.end(session, claimed);
      this.#roster.sessionEnded(peer, claimed);
    }
    link.counters[Counter.sessions] = this.#sessions.size;
  }

  #control(payload: Uint8Array): void {
    const { configure, kick } = JSON.parse(new TextDecoder().decode(payload));
    if (configure !== undefined) {
      this.#uplink.push(Up.ready, 0, 0, 0, this.#configure(configure as never));
    }
    for (const id of kick ?? []) {
      for (const router of this.#routers) {
        const peer = router.peers.byId(id);
        if (peer !== undefined) this.#roster.drop(router, peer);
      }
    }
  }

  #router(admin: boolean): Router | undefined {
    return this.#routers.find((router) => router.admin === admin);
  }
}

function hookPeer(peer: Peer): HookItem["peer"] {
  const { id, name, address, admin } = peer;
  return { id, name, identity: hasOwnId(peer) ? identityText(peer) : null, address, admin };
}
