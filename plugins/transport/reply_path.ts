/** From Janus to clients: records, hooks, and what becomes of each: delivered, or kept for polls. @module */
import type { Api } from "./api.ts";
import { Counter } from "./counters.ts";
import { type HookItem, hookPeer, type HookQueues, type HookResult } from "./hooking.ts";
import type { Peer } from "./peer.ts";
import { Down, Flag as RecordFlag, SessionFlag } from "./records.ts";
import type { Shared } from "./shared.ts";

type Text = Uint8Array<ArrayBuffer>;

/** The APIs, where they are served. */
export type ServedApis = { readonly janus: Api | undefined; readonly admin: Api | undefined };

/** What the path leads through. */
export interface ReplyPathParts extends Shared {
  readonly served: ServedApis;
  /** Janus's admin wants something: JSON. */
  readonly control: (payload: Uint8Array) => void;
}

/** Handles what Janus sends, in its order. */
export class ReplyPath {
  readonly #parts: ReplyPathParts;
  readonly #handleAsIs = (index: number) => this.#handle(index, null);
  // The batch in hand while hooks look at the messages in it: of how many records, and which is next.
  #count = 0;
  #next = 0;
  /** By record: undefined if hooks don't see it, null while they have not. */
  #results: (HookResult | null | undefined)[] = [];

  constructor(parts: ReplyPathParts) {
    this.#parts = parts;
  }

  /** True while records in hand wait for hooks. */
  get waiting(): boolean {
    return this.#next < this.#count;
  }

  /** Handles a batch of records; with hooks, as far as they have seen it. @returns how many */
  drain(): number {
    const { hooking } = this.#parts;
    if (hooking === null) return this.#parts.link.each(this.#handleAsIs);
    hooking.pump();
    if (!this.waiting) this.#show(hooking);
    const from = this.#next;
    for (; this.waiting; this.#next++) {
      const result = this.#results[this.#next];
      if (result === null) break;
      this.#handle(this.#next, result?.became === "changed" ? result.text : null);
      this.#parts.link.commit(this.#next);
    }
    return this.#next - from;
  }

  /** Takes a batch in hand and lets hooks look at it. */
  #show(hooking: HookQueues): void {
    this.#count = this.#parts.link.drain();
    this.#next = 0;
    const results: (HookResult | null | undefined)[] = this.#results = [];
    for (let index = 0; index < this.#count; index++) {
      const item = hooking.hooks.wants(true) ? this.#hookItem(index) : null;
      if (item === null) continue;
      results[index] = null;
      hooking.add(item, (result) => void (results[index] = result));
    }
  }

  /** A record as hooks are to see it; null if they are not. */
  #hookItem(index: number): HookItem | null {
    const link = this.#parts.link;
    if (link.kind(index) !== Down.message) return null;
    const api = this.#apiOf(index);
    const peer = api?.peers.byId(link.peer(index));
    // What we have asked Janus ourselves is nobody's business.
    if (peer === undefined || api?.polls?.asked(link.request(index))) return null;
    return { reply: true, peer: hookPeer(peer), text: link.payload(index) };
  }

  #apiOf(index: number): Api | undefined {
    const { janus, admin } = this.#parts.served;
    return (this.#parts.link.flags(index) & RecordFlag.admin) !== 0 ? admin : janus;
  }

  /** Handles one record. @param text what hooks made of it, if they did */
  #handle(index: number, text: Text | null): void {
    const link = this.#parts.link;
    const kind = link.kind(index);
    if (kind === Down.control) return this.#parts.control(link.payload(index));
    const api = this.#apiOf(index);
    const peer = api?.peers.byId(link.peer(index));
    if (api === undefined || peer === undefined) {
      api?.router.abandon(link.request(index));
      if (kind === Down.message) this.#parts.drops.add(1, "is gone", "verbose");
    } else if (kind === Down.session) {
      this.#session(api, peer, index);
    } else if (link.request(index) !== 0) {
      this.#reply(api, peer, index, text);
    } else {
      this.#event(api, peer, index, text);
    }
  }

  #session({ polls, lifecycle }: Api, peer: Peer, index: number): void {
    const { link, sessions } = this.#parts;
    const id = link.session(index);
    const flags = link.flags(index);
    if ((flags & SessionFlag.over) === 0) {
      polls?.serve(sessions.own(id, peer));
    } else {
      const claimed = (flags & SessionFlag.claimed) !== 0;
      const session = sessions.end(id, peer);
      if (session !== undefined) polls?.end(session, claimed);
      lifecycle.sessionEnded(peer, claimed);
    }
    link.counters[Counter.sessions] = sessions.size;
  }

  #reply(api: Api, peer: Peer, index: number, text: Text | null): void {
    const request = this.#parts.link.request(index);
    if (api.polls?.asked(request)) {
      api.polls.settle(request, this.#parts.link.payload(index), Date.now());
    } else api.delivery.send(peer, request, text ?? index);
  }

  #event(api: Api, peer: Peer, index: number, text: Text | null): void {
    const { link, sessions, drops, settings: { outbox } } = this.#parts;
    const session = sessions.size === 0 ? undefined : sessions.get(link.session(index));
    const polled = session?.isPolled === true;
    const shared = session?.hasGuests(Date.now()) === true;
    // An event that its owner polls for is not pushed to it as well.
    const pushed = peer.pushable && !(polled && session.owner === peer);
    if (polled || shared) {
      const bytes = text ?? link.payload(index);
      const lost = polled ? session.keep(bytes, outbox) : null;
      // Whoever leaves the polling to another connection of its own misses nothing.
      const level = shared ? "verbose" : "warning";
      if (lost !== null) drops.add(1, "does not poll (peers.outbox)", level);
      if (shared) session.guests.queue.keep(0, bytes, outbox);
      api.polls?.serve(session);
    }
    if (pushed) api.delivery.send(peer, 0, text ?? index);
    else if (!polled && !shared) drops.add(1, "takes replies only", "verbose");
  }
}
