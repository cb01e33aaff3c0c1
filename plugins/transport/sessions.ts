/** Janus sessions: who owns them, and the events of those whose owner can't be pushed to. @module */
import { type Budget, type Kept, Outbox } from "./outbox.ts";
import type { Peer } from "./peer.ts";

/** A session that its guests do not poll for this long (ms) is not queued for them any more. */
const GUEST_MS = 60_000;

/** So many names of owners that are gone are remembered; then the oldest are forgotten. */
const MAX_FORMER = 10_000;

/** A peer that waits for a session's events. */
export interface Poll {
  readonly peer: Peer;
  /** The request that asks, to be answered once. */
  readonly request: number;
  readonly session: bigint;
  readonly transaction: string | undefined;
  /** At most this many events; an array if it was asked for, else one alone. */
  readonly maxev: number;
  readonly array: boolean;
  /** When (ms) it is answered even if nothing has happened. */
  deadline: number;
}

/** Events that wait for polls, or polls that wait for events. */
export interface Mailbox {
  readonly queue: Outbox;
  polls: Set<Poll>;
}

/**
 * A Janus session that one of our peers made or claimed. Others may poll it as well: its guests. They get
 * copies, each event once for all of them, and take nothing from the owner.
 */
export class Session {
  readonly id: bigint;
  readonly own: Mailbox;
  readonly guests: Mailbox;
  /** Until when (ms) guests are expected to go on polling. */
  guestsUntil = 0;
  #owner: Peer;
  /** How many events were kept for the owner, and how many of those guests were offered. */
  #kept = 0;
  #offered = 0;

  constructor(id: bigint, owner: Peer, ownBudget: Budget, guestBudget: Budget) {
    this.id = id;
    this.#owner = owner;
    this.own = { queue: new Outbox(ownBudget), polls: new Set() };
    this.guests = { queue: new Outbox(guestBudget), polls: new Set() };
  }

  get owner(): Peer {
    return this.#owner;
  }

  /** Its polls are an owner's from now on, and those of who owned it a guest's. */
  set owner(owner: Peer) {
    this.#owner = owner;
    const polls = [...this.own.polls, ...this.guests.polls];
    this.own.polls = new Set(polls.filter(({ peer }) => peer === owner));
    this.guests.polls = new Set(polls.filter(({ peer }) => peer !== owner));
  }

  /** Whether events are for the owner's polls, now or later; else they are pushed to it. */
  get isPolled(): boolean {
    return !this.#owner.pushable || this.own.polls.size > 0;
  }

  /** Whether guests get what happens now. */
  hasGuests(now: number): boolean {
    return this.guests.polls.size > 0 || now < this.guestsUntil;
  }

  /** Keeps an event for the owner. @returns what was lost for it, as {@linkcode Outbox.keep} does */
  keep(bytes: Uint8Array<ArrayBuffer>, capacity: number): Kept | null {
    const lost = this.own.queue.keep(0, bytes, capacity);
    if (lost?.bytes !== bytes) this.#kept++;
    return lost;
  }

  /** Adds a poll. @returns where it waits */
  add(poll: Poll, now: number): Mailbox {
    const box = poll.peer === this.#owner ? this.own : this.guests;
    if (box === this.guests) this.#welcome(now);
    box.polls.add(poll);
    return box;
  }

  /** Guests that come anew get a copy of what waits for the owner, but for what they had before. */
  #welcome(now: number): void {
    if (!this.hasGuests(now)) {
      for (const { bytes } of this.own.queue.newest(this.#kept - this.#offered)) {
        this.guests.queue.keep(0, bytes, Infinity);
      }
    }
    this.guestsUntil = now + GUEST_MS;
  }

  /** Keeps nothing for guests any more. */
  dismissGuests(): void {
    this.#offered = this.#kept - this.guests.queue.size;
    this.guests.queue.take();
    this.guestsUntil = 0;
  }
}

/** The sessions of a transport. */
export class SessionTable {
  readonly #budgets: [own: Budget, guests: Budget];
  readonly #sessions = new Map<bigint, Session>();
  readonly #byOwner = new Map<Peer, Set<bigint>>();
  /** Names of owners that are gone: Janus may keep their sessions for somebody to claim. */
  readonly #formerOwners = new Map<bigint, string>();

  /** @param budgets what may wait for owners, and for those that poll what is not theirs */
  constructor(...budgets: [own: Budget, guests: Budget]) {
    this.#budgets = budgets;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: bigint): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Those that a peer made or claimed and that live. */
  of(owner: Peer): readonly bigint[] {
    return [...this.#byOwner.get(owner) ?? []];
  }

  /** The name of who owns a session, or did until it was gone; null for nobody's, or without a name. */
  nameOf(id: bigint): string | null {
    return this.#sessions.get(id)?.owner.name ?? this.#formerOwners.get(id) ?? null;
  }

  /** A peer made a session, or claimed it. */
  own(id: bigint, owner: Peer): Session {
    this.#formerOwners.delete(id);
    let session = this.#sessions.get(id);
    if (session !== undefined) {
      this.#disown(session);
      session.owner = owner;
    } else {
      session = new Session(id, owner, ...this.#budgets);
      this.#sessions.set(id, session);
    }
    this.#byOwner.getOrInsertComputed(owner, () => new Set()).add(id);
    return session;
  }

  /** A session is over, or another transport's. @returns the session, whose polls are to be answered */
  end(id: bigint, owner: Peer): Session | undefined {
    const session = this.#sessions.get(id);
    // A claim within the transport: the new owner may have been told of it first.
    if (session === undefined || session.owner !== owner) return undefined;
    this.#sessions.delete(id);
    this.#disown(session);
    return session;
  }

  #disown({ id, owner }: Session): void {
    const owned = this.#byOwner.get(owner)!;
    owned.delete(id);
    if (owned.size === 0) this.#byOwner.delete(owner);
  }

  /** The same for a session whose owner is gone, which Janus may keep. */
  leave(id: bigint, owner: Peer): Session | undefined {
    const session = this.end(id, owner);
    if (session === undefined || owner.name === null) return session;
    const names = this.#formerOwners.set(id, owner.name);
    if (names.size > MAX_FORMER) names.delete(names.keys().next().value!);
    return session;
  }
}
