/** Janus sessions: who owns them, and the events of those whose owner can't be pushed to. @module */
import { type Budget, Outbox } from "./outbox.ts";
import type { Peer } from "./peer.ts";

/** A session that stays unpolled for this long (ms) is not queued for a stranger any more. */
const STRANGER_MS = 60_000;

/** Sessions whose owner has left and whose name is remembered; then the oldest are forgotten. */
const MAX_LEFT = 10_000;

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

/** A Janus session that one of our peers made or claimed. */
export interface Session {
  readonly id: bigint;
  owner: Peer;
  readonly queue: Outbox;
  readonly polls: Poll[];
  /** Until when (ms) a peer that polls it and is not its owner is expected to go on. */
  strangerUntil: number;
}

/** The sessions of a transport. */
export class SessionTable {
  readonly #budget: Budget;
  readonly #sessions = new Map<bigint, Session>();
  readonly #byOwner = new Map<Peer, Set<bigint>>();
  /** Names of owners that have left: Janus may keep their sessions for somebody to claim. */
  readonly #left = new Map<bigint, string>();

  constructor(budget: Budget) {
    this.#budget = budget;
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

  /** The name of who owns a session, or did until it left; null for nobody's, or without a name. */
  nameOf(id: bigint): string | null {
    return this.#sessions.get(id)?.owner.name ?? this.#left.get(id) ?? null;
  }

  /** A peer made a session, or claimed it. */
  own(id: bigint, owner: Peer): void {
    this.#left.delete(id);
    const session = this.#sessions.get(id);
    if (session !== undefined) {
      this.#disown(session);
      session.owner = owner;
    } else {
      const queue = new Outbox(this.#budget);
      this.#sessions.set(id, { id, owner, queue, polls: [], strangerUntil: 0 });
    }
    this.#byOwner.getOrInsertComputed(owner, () => new Set()).add(id);
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

  /** The same for a session whose owner has left, which Janus may keep. */
  leave(id: bigint, owner: Peer): Session | undefined {
    const session = this.end(id, owner);
    if (session === undefined || owner.name === null) return session;
    this.#left.set(id, owner.name);
    if (this.#left.size > MAX_LEFT) this.#left.delete(this.#left.keys().next().value!);
    return session;
  }
}

/** True if events are to be kept although no poll waits. */
export function isQueued(session: Session, now: number): boolean {
  return !session.owner.pushable || now < session.strangerUntil;
}

/** Notes that a peer polls. @returns whether it is a stranger, who is expected to go on for a while */
export function notePoller(session: Session, peer: Peer, now: number): boolean {
  if (session.owner === peer) return false;
  session.strangerUntil = now + STRANGER_MS;
  return true;
}
