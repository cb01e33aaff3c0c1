/** From a client to Janus: limits, access, hooks, polls, and the way up. @module */
import type { Message } from "../../ffi/zmq/thin.ts";
import { ErrorCode, errorReply } from "../janus/errors.ts";
import { readRepeated, readRequestHead, type RequestHead } from "../janus/request.ts";
import type { Access, RequestFault } from "./access.ts";
import { Counter } from "./counters.ts";
import { hookPeer, type HookResult } from "./hooking.ts";
import type { Peer } from "./peer.ts";
import type { LifecycleParts, PeerLifecycle } from "./peer_lifecycle.ts";
import { Up } from "./records.ts";

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

  constructor(parts: RequestPathParts) {
    this.#parts = parts;
  }

  /** False while nothing more can be taken: a full way up is not helped by reading more. */
  get accepting(): boolean {
    return !this.#parts.uplink.blocked && !this.#parts.hooking?.full;
  }

  /** Takes the message in hand. It is a request under way until a reply has been sent. */
  take(peer: Peer, request: number): void {
    const { hooking, access, router } = this.#parts;
    const { body, joined } = router.reader;
    const excess = joined === null ? this.#excess(peer, body.size) : NOT_ONE_FRAME;
    router.peers.beginRequest(peer, request);
    if (excess !== null) return this.#refuse(peer, request, excess, this.#repeated);
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
    this.#pass(peer, request, this.#parts.polls?.begin(peer, request, head) ?? body);
  }

  /** The same where its sender is not let in, and not remembered. @returns null: there is no peer */
  turnAway(name: string | null, reason: string): null {
    this.#parts.router.answer(name, this.#error(fault(reason), this.#repeated));
    return null;
  }

  /** What errors repeat of the message in hand. */
  get #repeated(): Partial<RequestHead> {
    const { joined, body } = this.#parts.router.reader;
    return readRepeated(joined ?? body.copy());
  }

  /** Which limit a request exceeds; null if none. */
  #excess({ account }: Peer, size: number): RequestFault | null {
    const { max_message_size, max_rate, max_burst, max_in_flight } = this.#parts.settings.limits;
    const { longest } = this.#parts.link;
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
    router.peers.beginHook(peer);
    hooking!.add({ reply: false, peer: hookPeer(peer), text }, (result) => {
      if (router.peers.byId(peer.id) !== peer) return router.abandon(request);
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
    if (text.length > this.#parts.link.longest) {
      return refuse(fault(`A hook made it ${text.length} bytes long`));
    }
    const now = result.became === "changed" ? readRequestHead(text) : head;
    this.#pass(peer, request, (now && this.#parts.polls?.begin(peer, request, now)) ?? text);
  }

  #mentionsPoll(body: Message): boolean {
    return this.#parts.polls !== null && body.size <= POLL_BYTES &&
      this.#parts.link.contains(body.data(), body.size, POLL);
  }

  #pass(peer: Peer, request: number, body: Message | Uint8Array<ArrayBuffer> | string): void {
    // Before the push: a query for the counters counts itself.
    this.#parts.link.counters[Counter.received]!++;
    this.#parts.uplink.push(Up.request, peer, request, body);
  }

  #refuse(peer: Peer, request: number, fault: RequestFault, repeated: Partial<RequestHead>): void {
    this.#parts.delivery.send(peer, request, this.#error(fault, repeated));
  }

  #error({ code, reason }: RequestFault, repeated: Partial<RequestHead>): Uint8Array<ArrayBuffer> {
    this.#parts.link.counters[Counter.errors]!++;
    return new TextEncoder().encode(errorReply(code, reason, repeated));
  }
}

function fault(reason: string, code: number = ErrorCode.unknown): RequestFault {
  return { code, reason };
}
