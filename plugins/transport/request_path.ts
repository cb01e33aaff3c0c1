/** From a client to Janus: limits, access, hooks, polls, and the way up. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { Message } from "../../ffi/zmq/thin.ts";
import { ErrorCode, errorReply } from "../janus/errors.ts";
import { readRepeated, readRequestHead, type RequestHead } from "../janus/request.ts";
import type { Access, RequestFault } from "./access.ts";
import { Counter } from "./counters.ts";
import type { EnvelopeReader } from "./envelope.ts";
import { hookPeer, type HookResult } from "./hooking.ts";
import type { Peer } from "./peer.ts";
import type { PeerTable } from "./peer_table.ts";
import { Flag as RecordFlag, Up } from "./records.ts";
import type { LifecycleParts, PeerLifecycle } from "./peer_lifecycle.ts";

const { invalid_json } = ErrorCode;
const NOT_ONE_FRAME = fault("A request is JSON text in one frame", invalid_json);
const NOT_AN_OBJECT = fault("Invalid JSON: a request is one JSON object", invalid_json);
const HOOK_FAILED = fault("A hook could not tell whether this is allowed (hooks.on_error)");
/** Requests of the Admin API that our own plugins answer, and so do other plugins of the two kinds. */
const OWN_QUERIES: readonly (string | undefined)[] = ["query_transport", "query_eventhandler"];
/** A request longer than this is no poll: not all of them are looked into. */
const POLL_BYTES = 65_536;
const POLL = new TextEncoder().encode('"poll"');

/** What the path leads through. */
export interface RequestPathParts extends LifecycleParts {
  readonly lifecycle: PeerLifecycle;
  readonly access: Access;
}

/** Passes on the requests of one API, or refuses them. */
export class RequestPath {
  readonly #parts: RequestPathParts;
  readonly #link: Link;
  readonly #peers: PeerTable;

  constructor(parts: RequestPathParts) {
    this.#parts = parts;
    this.#link = parts.link;
    this.#peers = parts.router.peers;
  }

  /** False while nothing more can be taken: a full way up is not helped by reading more. */
  get accepting(): boolean {
    return !this.#parts.uplink.blocked && !this.#parts.hooking?.full;
  }

  /** Takes a request, whose bytes the message holds until this returns. */
  take(peer: Peer, request: number, body: Message): void {
    const excess = this.#excess(peer, body.size);
    this.#peers.beginRequest(peer, request); // until a reply has left
    if (excess !== null) return this.#refuse(peer, request, excess, readRepeated(body.copy()));
    const { hooking, access } = this.#parts;
    const hooked = hooking !== null && (hooking.hooks.wants(false) || peer.hooked > 0);
    const guarded = hooked || access.concerned;
    if (!guarded && !this.#mentionsPoll(body)) return this.#pass(peer, request, body);
    const text = body.copy();
    const head = readRequestHead(text);
    if (head === null) {
      if (!guarded) return this.#pass(peer, request, body);
      // What can't be read here must not be read otherwise by Janus.
      return this.#refuse(peer, request, NOT_AN_OBJECT, readRepeated(text));
    }
    const denied = access.check(peer, head);
    if (denied !== null) return this.#refuse(peer, request, denied, head);
    if (hooked) return this.#hook(peer, request, text, head);
    this.#pass(peer, request, this.#question(peer, request, head) ?? body);
  }

  /** The same for what is no request. @param joined how its frames begin, in one */
  refuseFrames(peer: Peer, request: number, joined: Uint8Array): void {
    this.#peers.beginRequest(peer, request);
    this.#refuse(peer, request, NOT_ONE_FRAME, readRepeated(joined));
  }

  /** The same for a message whose sender is not let in. */
  turnAway(message: EnvelopeReader, name: string | null, reason: string): void {
    const repeated = readRepeated(message.joined ?? message.body.copy());
    const bytes = this.#error(fault(reason), repeated);
    this.#parts.router.answer(message, name, bytes);
  }

  /** Which limit a request exceeds; null if none. */
  #excess({ account }: Peer, size: number): RequestFault | null {
    const { max_message_size, max_rate, max_burst, max_in_flight } = this.#parts.settings.limits;
    const { longest } = this.#link;
    if (size > Math.min(max_message_size, longest)) {
      const limit = max_message_size <= longest
        ? `limits.max_message_size (${max_message_size})`
        : `what runtime.ring_size allows (${longest})`;
      return fault(`The request of ${size} bytes is larger than ${limit}`);
    }
    if (account.inFlight >= max_in_flight) {
      return fault(`Too many requests under way (limits.max_in_flight = ${max_in_flight})`);
    }
    if (!account.bucket.take(max_rate, max_burst, Date.now())) {
      return fault(`Too many requests a second (limits.max_rate = ${max_rate})`);
    }
    return null;
  }

  /** Lets hooks look at a request; it goes on when they have seen it. */
  #hook(peer: Peer, request: number, text: Uint8Array<ArrayBuffer>, head: RequestHead): void {
    const { router, lifecycle, hooking } = this.#parts;
    this.#peers.beginHook(peer);
    hooking!.add({ reply: false, peer: hookPeer(peer), text }, (result) => {
      if (this.#peers.byId(peer.id) !== peer) return router.abandon(request);
      this.#hooked(peer, request, text, head, result);
      lifecycle.endHook(peer);
    });
  }

  #hooked(
    peer: Peer,
    request: number,
    sent: Uint8Array<ArrayBuffer>,
    head: RequestHead,
    result: HookResult,
  ): void {
    const refuse = (why: RequestFault) => this.#refuse(peer, request, why, head);
    if (result.became === "refused") return refuse(result);
    if (result.became === "invalid") return refuse(NOT_AN_OBJECT);
    // With these a hook that fails is found, and switched off.
    const isOwn = peer.admin && OWN_QUERIES.includes(head.janus);
    if (result.became === "failed" && !isOwn) return refuse(HOOK_FAILED);
    const text = result.became === "changed" ? result.text : sent;
    if (text.length > this.#link.longest) {
      return refuse(fault(`A hook made it ${text.length} bytes long`));
    }
    const now = result.became === "changed" ? readRequestHead(text) : head;
    this.#pass(peer, request, this.#question(peer, request, now) ?? text);
  }

  #mentionsPoll(body: Message): boolean {
    return this.#parts.polls !== null && body.size <= POLL_BYTES &&
      this.#link.contains(body.data(), body.size, POLL);
  }

  /** What Janus is asked for a poll; null if a request is none. */
  #question(peer: Peer, request: number, head: RequestHead | null): string | null {
    const { polls } = this.#parts;
    return polls !== null && head?.janus === "poll" ? polls.begin(peer, request, head) : null;
  }

  #pass(
    { admin, id }: Peer,
    request: number,
    body: Message | Uint8Array<ArrayBuffer> | string,
  ): void {
    // Before the push: a query for the counters counts itself.
    this.#link.counters[Counter.received]!++;
    this.#parts.uplink.push(Up.request, admin ? RecordFlag.admin : 0, id, request, body);
  }

  #refuse(peer: Peer, request: number, fault: RequestFault, repeated: Partial<RequestHead>): void {
    this.#parts.delivery.send(peer, request, this.#error(fault, repeated));
  }

  #error({ code, reason }: RequestFault, repeated: Partial<RequestHead>): Uint8Array<ArrayBuffer> {
    this.#link.counters[Counter.errors]!++;
    return new TextEncoder().encode(errorReply(code, reason, repeated));
  }
}

function fault(reason: string, code: number = ErrorCode.unknown): RequestFault {
  return { code, reason };
}
