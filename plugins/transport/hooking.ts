/** What the transport asks of operators' hooks; `plugins/scripting` has them. @module */
import type { CompanionUser } from "../../ffi/bridge/companions.ts";
import type { Poller } from "../../ffi/zmq/thin.ts";
import type { HookPeer } from "../sdk/transport_hook.ts";
import { hasOwnId, identityText, type Peer } from "./peer.ts";

/** A message that hooks are to see, and who it is of. */
export interface HookItem {
  readonly reply: boolean;
  readonly peer: HookPeer;
  readonly text: Uint8Array<ArrayBuffer>;
}

/** A peer as hooks see it. */
export function hookPeer(peer: Peer): HookPeer {
  const { id, name, address, admin } = peer;
  return { id, name, identity: hasOwnId(peer) ? identityText(peer) : null, address, admin };
}

/** What became of a message. */
export type HookResult =
  | { readonly became: "unchanged" | "failed" | "invalid" }
  | { readonly became: "changed"; readonly text: Uint8Array<ArrayBuffer> }
  | { readonly became: "refused"; readonly code: number; readonly reason: string };

/** The hooks, which run in the scripts' process. One chunk at a time; nothing of it waits. */
export interface MessageHooks {
  readonly engine: CompanionUser<Poller>;
  /** True if a hook looks at replies, or at requests; before that is known, true. */
  wants(reply: boolean): boolean;
  /** Takes messages in hand. */
  give(items: readonly HookItem[]): void;
  /** What became of them, in order; null while it is not known. */
  results(): readonly HookResult[] | null;
}

/** A message that waits for hooks, and what is done once they have seen it. */
interface Waiting {
  readonly item: HookItem;
  readonly settle: (result: HookResult) => void;
}

/** Messages that hooks get at a time, at most. */
const MAX_CHUNK = 128;
/** So many requests, and so many bytes of them, wait; then the sockets are not read. */
const MAX_WAITING = 1024;
const MAX_BYTES = 1 << 24;

/** Messages on their way through the hooks: requests in their order, replies in theirs. */
export class HookQueues {
  readonly hooks: MessageHooks;
  readonly #requests: Waiting[] = [];
  readonly #replies: Waiting[] = [];
  /** Whose turn it is. */
  #turn = this.#requests;
  #bytes = 0;
  /** What is in hand now. */
  #chunk: Waiting[] = [];

  constructor(hooks: MessageHooks) {
    this.hooks = hooks;
  }

  /** True if nothing more is to be added. */
  get full(): boolean {
    return this.#requests.length >= MAX_WAITING || this.#bytes >= MAX_BYTES;
  }

  /** True while messages wait or are in hand. */
  get busy(): boolean {
    return this.#chunk.length + this.#requests.length + this.#replies.length > 0;
  }

  /** Adds a message. `settle` is called from {@linkcode pump}, in the order of the queue. */
  add(item: HookItem, settle: Waiting["settle"]): void {
    this.#bytes += item.text.length;
    (item.reply ? this.#replies : this.#requests).push({ item, settle });
  }

  /** Hands over what was added, if nothing is in hand: to be called before it is asked how long to wait. */
  start(): void {
    if (this.#chunk.length > 0) return;
    // In turn: neither holds up the other.
    const queue = this.#turn.length > 0 ? this.#turn : this.#other(this.#turn);
    if (queue.length === 0) return;
    this.#turn = this.#other(queue);
    this.#chunk = queue.splice(0, MAX_CHUNK);
    this.hooks.give(this.#chunk.map(({ item }) => item));
  }

  #other(queue: Waiting[]): Waiting[] {
    return queue === this.#requests ? this.#replies : this.#requests;
  }

  /** Goes on as far as it goes. */
  pump(): void {
    this.start();
    const results = this.#chunk.length === 0 ? null : this.hooks.results();
    if (results === null) return;
    const chunk = this.#chunk;
    this.#chunk = [];
    for (const [at, { item, settle }] of chunk.entries()) {
      this.#bytes -= item.text.length;
      settle(results[at]!);
    }
    this.start();
  }
}
