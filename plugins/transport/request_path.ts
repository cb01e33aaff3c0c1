/** From a client to Janus: limits, access, hooks, polls, and the way up. @module */
import { Flag as RecordFlag, Up } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import type { Message } from "../../ffi/zmq/thin.ts";
import { ErrorCode, errorReply } from "../janus/errors.ts";
import {
  readRepeated,
  readRequestHead,
  type Repeated,
  type RequestHead,
} from "../janus/request.ts";
import type { Access, RequestFault } from "./access.ts";
import { Counter } from "./counters.ts";
import type { Delivery } from "./delivery.ts";
import type { EnvelopeReader } from "./envelope.ts";
import { type HookLanes, hookPeer, type HookResult } from "./hooking.ts";
import type { Peer } from "./peer.ts";
import type { PeerTable } from "./peers.ts";
import type { Polls } from "./polling.ts";
import type { PeerRegistry } from "./registry.ts";
import type { Router } from "./router.ts";
import type { Shared } from "./shared.ts";

const NOT_ONE_FRAME = fault(ErrorCode.invalid_json, "A request is JSON text in one frame");
const NOT_AN_OBJECT = fault(
  ErrorCode.invalid_json,
  "Invalid JSON: a request is one JSON object",
);
const HOOK_FAILED = fault(
  ErrorCode.unknown,
  "A hook could not tell whether this is allowed (hooks.on_error)",
);
/** A request longer than this is no poll: not all of them are looked into. */
const POLL_BYTES = 65_536;
const POLL = new TextEncoder().encode('"poll"');

/** What the path leads through. */
export interface RequestPathParts extends Omit<Shared, "sessions" | "drops" | "budget"> {
  readonly router: Router;
  readonly registry: PeerRegistry;
  readonly access: Access;
  /** Null where there are none: on the Admin API. */
  readonly polls: Polls | null;
  /** Takes what is answered here. */
  readonly delivery: Delivery;
}

/** Passes on the requests of one API, or refuses them. */
export class RequestPath {
  readonly #parts: RequestPathParts;
  readonly #link: Link;
  readonly #peers: PeerTable;
  readonly #lanes: HookLanes | null;
  readonly #access: Access;

  constructor(parts: RequestPathParts) {
    this.#parts = parts;
    this.#link = parts.link;
    this.#peers = parts.router.peers;
    this.#lanes = parts.lanes;
    this.#access = parts.access;
  }

  /** False while nothing more can be taken: a full way up is not helped by reading more. */
  get accepting(): boolean {
    return !this.#parts.uplink.blocked && !this.#lanes?.full;
  }

  /** Takes a request, whose bytes the message holds until this returns. */
  take(peer: Peer, request: number, body: Message): void {
    const excess = this.#excess(peer, body.size);
    this.#peers.beginRequest(peer, request); // until a reply has left
    if (excess !== null) return this.#refuse(peer, request, excess, readRepeated(body.copy()));
    const hooked = this.#lanes !== null && (this.#lanes.hooks.wants(false) || peer.hooked > 0);
    const guarded = hooked || this.#access.concerned;
    if (!guarded && !this.#mentionsPoll(body)) return this.#pass(peer, request, body);
    const text = body.copy();
    const head = readRequestHead(text);
    if (head === null) {
      if (!guarded) return this.#pass(peer, request, body);
      // What can't be read here must not be read otherwise by Janus.
      return this.#refuse(peer, request, NOT_AN_OBJECT, readRepeated(text));
    }
    const denied = this.#access.check(peer, head);
    if (denied !== null) return this.#refuse(peer, request, denied, head);
    if (hooked) return this.#hook(peer, request, text, head);
    if (this.#isPoll(head)) return this.#poll(peer, request, head);
    this.#pass(peer, request, body);
  }

  /** The same for what is no request. @param joined how its frames begin, in one */
  refuseFrames(peer: Peer, request: number, joined: Uint8Array): void {
    this.#peers.beginRequest(peer, request);
    this.#refuse(peer, request, NOT_ONE_FRAME, readRepeated(joined));
  }

  /** The same for a message whose sender is not let in. */
  turnAway(message: EnvelopeReader, name: string | null, reason: string): void {
    const repeated = readRepeated(message.joined ?? message.body.copy());
    const bytes = this.#error({ code: ErrorCode.unknown, reason }, repeated);
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
      return unknown(`The request of ${size} bytes is larger than ${limit}`);
    }
    if (account.inFlight >= max_in_flight) {
      return unknown(`Too many requests under way (limits.max_in_flight = ${max_in_flight})`);
    }
    if (!account.bucket.take(max_rate, max_burst, Date.now())) {
      return unknown(`Too many requests a second (limits.max_rate = ${max_rate})`);
    }
    return null;
  }

  /** Lets hooks look at a request; it goes on when they have seen it. */
  #hook(peer: Peer, request: number, text: Uint8Array<ArrayBuffer>, head: RequestHead): void {
    const { router, registry } = this.#parts;
    this.#peers.beginHook(peer);
    this.#lanes!.add({ reply: false, peer: hookPeer(peer), text }, (result) => {
      if (this.#peers.byId(peer.id) !== peer) return router.abandon(request);
      this.#hooked(peer, request, text, head, result);
      registry.endHook(peer);
    });
  }

  #hooked(
    peer: Peer,
    request: number,
    sent: Uint8Array<ArrayBuffer>,
    head: RequestHead,
    result: HookResult,
  ): void {
    const refuse = (fault: RequestFault) => this.#refuse(peer, request, fault, head);
    if (result.became === "refused") return refuse(result);
    if (result.became === "invalid") return refuse(NOT_AN_OBJECT);
    if (result.became === "failed") return refuse(HOOK_FAILED);
    const text = result.became === "changed" ? result.text : sent;
    if (text.length > this.#link.longest) {
      return refuse(unknown(`A hook made it ${text.length} bytes long`));
    }
    const now = result.became === "changed" ? readRequestHead(text) : head;
    if (now !== null && this.#isPoll(now)) return this.#poll(peer, request, now);
    this.#pass(peer, request, text);
  }

  #mentionsPoll(body: Message): boolean {
    return this.#parts.polls !== null && body.size <= POLL_BYTES &&
      this.#link.contains(body.data(), body.size, POLL);
  }

  #isPoll({ janus }: RequestHead): boolean {
    return janus === "poll" && this.#parts.polls !== null;
  }

  #poll(peer: Peer, request: number, head: RequestHead): void {
    this.#pass(peer, request, this.#parts.polls!.begin(peer, request, head));
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

  #refuse(peer: Peer, request: number, fault: RequestFault, repeated: Repeated): void {
    this.#parts.delivery.send(peer, request, this.#error(fault, repeated));
  }

  #error({ code, reason }: RequestFault, repeated: Repeated): Uint8Array<ArrayBuffer> {
    this.#link.counters[Counter.errors]!++;
    return new TextEncoder().encode(errorReply(code, reason, repeated));
  }
}

function fault(code: number, reason: string): RequestFault {
  return { code, reason };
}

function unknown(reason: string): RequestFault {
  return fault(ErrorCode.unknown, reason);
}
