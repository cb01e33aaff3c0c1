/**
 * Events for clients that take replies only, as Janus's HTTP transport serves them: a request
 * `{"janus": "poll", "session_id", "maxev", "transaction"}` waits for what happens.
 *
 * @module
 */
import { ErrorCode, errorReply } from "../janus/errors.ts";
import type { RequestHead } from "../janus/request.ts";
import type { Delivery } from "./delivery.ts";
import type { Peer } from "./peer.ts";
import type { Mailbox, Poll, Session, SessionTable } from "./sessions.ts";

/** How long (ms) a poll waits, as over HTTP. */
const WAIT_MS = 30_000;
/** What a poll, or a silent client, gets where nothing has happened. */
export const KEEPALIVE = new TextEncoder().encode('{"janus":"keepalive"}');
const [OPEN, COMMA, CLOSE] = [..."[,]"].map((character) => character.charCodeAt(0));

/** The polls of a transport. */
export class Polls {
  readonly #sessions: SessionTable;
  readonly #delivery: Pick<Delivery, "send">;
  /** Asked of Janus and not answered yet, by request. */
  readonly #asked = new Map<number, Poll>();
  /** Waiting, oldest first: all wait equally long. */
  readonly #waiting = new Set<Poll>();
  /** Sessions that have guests, those first that guests have not polled for longest. */
  readonly #visited = new Set<Session>();

  constructor(sessions: SessionTable, delivery: Pick<Delivery, "send">) {
    this.#sessions = sessions;
    this.#delivery = delivery;
  }

  /**
   * Begins a poll. Janus itself says whether the peer may, and whether the session is there: it is
   * asked for a keepalive, which a poll counts as.
   *
   * @returns the request to ask Janus; null if this one is no poll
   */
  begin(peer: Peer, request: number, head: RequestHead): string | null {
    if (head.janus !== "poll") return null;
    const { session_id = -1n, transaction, apisecret, token, maxev } = head;
    this.#asked.set(request, {
      peer,
      request,
      session: session_id,
      transaction,
      maxev: Math.max(1, Math.trunc(maxev ?? 1)),
      array: maxev !== undefined && maxev > 1,
      deadline: Infinity,
    });
    const rest = JSON.stringify({ janus: "keepalive", transaction, apisecret, token });
    const session = head.session_id === undefined ? "" : `,"session_id":${head.session_id}`;
    return `${rest.slice(0, -1)}${session}}`;
  }

  /** True if a reply of Janus's is for {@linkcode settle} rather than for the peer. */
  asked(request: number): boolean {
    return this.#asked.size > 0 && this.#asked.has(request);
  }

  /** Janus's answer to what `begin` asked: the poll waits now, or the peer gets the error. */
  settle(request: number, reply: Uint8Array<ArrayBuffer>, now: number): void {
    const poll = this.#asked.get(request);
    if (poll === undefined) return;
    this.#asked.delete(request);
    const { janus } = JSON.parse(new TextDecoder().decode(reply));
    if (janus !== "ack") return this.#delivery.send(poll.peer, request, reply);
    poll.deadline = now + WAIT_MS;
    this.#waiting.add(poll);
    const session = this.#sessions.get(poll.session);
    if (session === undefined) return; // another transport's: there is nothing of it for us
    const box = session.add(poll, now);
    if (box === session.guests) {
      this.#visited.delete(session);
      this.#visited.add(session);
    }
    this.#serve(box);
  }

  /** Gives what is queued to whoever waits. */
  serve({ own, guests }: Session): void {
    this.#serve(own);
    this.#serve(guests);
  }

  #serve({ queue, polls }: Mailbox): void {
    for (const poll of polls) {
      if (queue.size === 0) return;
      polls.delete(poll);
      this.#waiting.delete(poll);
      const events = queue.take(poll.maxev).map(({ bytes }) => bytes);
      this.#answer(poll, poll.array ? joined(events) : events[0]!);
    }
  }

  /** A session is over: nobody gets anything of it any more. */
  end(session: Session, claimed: boolean): void {
    for (const { queue } of [session.own, session.guests]) queue.take();
    this.#visited.delete(session);
    // Some may wait since before the session was ours.
    for (const poll of this.#waiting) {
      if (poll.session !== session.id) continue;
      this.#waiting.delete(poll);
      const details = { transaction: poll.transaction, session_id: session.id };
      const error = errorReply(
        ErrorCode.session_not_found,
        `No such session ${session.id}`,
        details,
      );
      this.#answer(poll, claimed ? KEEPALIVE : new TextEncoder().encode(error));
    }
  }

  #answer({ peer, request }: Poll, bytes: Uint8Array<ArrayBuffer>): void {
    this.#delivery.send(peer, request, bytes);
  }

  /** A peer is gone, and its polls with it. @returns the requests that get no answer */
  cancel(peer: Peer): number[] {
    const waiting = [...this.#waiting].filter((poll) => poll.peer === peer);
    const asked = [...this.#asked.values()].filter((poll) => poll.peer === peer);
    for (const poll of waiting) this.#remove(poll);
    for (const { request } of asked) this.#asked.delete(request);
    return [...waiting, ...asked].map(({ request }) => request);
  }

  /** When (ms) {@linkcode expire} has something to do; Infinity if it has not. */
  get deadline(): number {
    const [poll] = this.#waiting, [session] = this.#visited;
    return Math.min(poll?.deadline ?? Infinity, session?.guestsUntil ?? Infinity);
  }

  /** Answers the polls that have waited long enough, and keeps nothing for guests who are gone. */
  expire(now: number): void {
    for (const session of this.#visited) {
      if (session.guestsUntil > now) break;
      this.#visited.delete(session);
      session.dismissGuests();
    }
    for (const poll of this.#waiting) {
      if (poll.deadline > now) return;
      this.#remove(poll);
      this.#answer(poll, KEEPALIVE);
    }
  }

  #remove(poll: Poll): void {
    this.#waiting.delete(poll);
    const session = this.#sessions.get(poll.session);
    session?.own.polls.delete(poll);
    session?.guests.polls.delete(poll);
  }
}

/** A JSON array of texts. */
function joined(texts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const length = texts.reduce((sum, text) => sum + text.length + 1, 1);
  const bytes = new Uint8Array(new ArrayBuffer(length));
  let at = 0;
  for (const text of texts) {
    bytes[at] = at === 0 ? OPEN! : COMMA!;
    bytes.set(text, at + 1);
    at += text.length + 1;
  }
  bytes[at] = CLOSE!;
  return bytes;
}
