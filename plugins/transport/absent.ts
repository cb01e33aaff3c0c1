/** Peers without a connection: when they are given up, and under which routing ids they are known. @module */
import type { Peer } from "./peers.ts";
import type { Router } from "./router.ts";

/** Finds those who are due, or have a routing id, without a look at all who are away. */
export class Absentees {
  readonly #routers = new Map<Peer, Router>();
  /** By the connection's routing id, as hexadecimal text. */
  readonly #byRoutingId = new Map<string, Set<Peer>>();
  /** No deadline is earlier. It may be of somebody who is back by now. */
  #earliest = Infinity;

  /** A peer is away until a time (ms), or has got another one to come back. */
  expect(peer: Peer, router: Router, deadline: number): void {
    peer.deadline = deadline;
    this.#earliest = Math.min(this.#earliest, deadline);
    if (this.#routers.has(peer)) return;
    this.#routers.set(peer, router);
    const id = routingIdOf(peer);
    const same = this.#byRoutingId.get(id);
    if (same === undefined) this.#byRoutingId.set(id, new Set([peer]));
    else same.add(peer);
  }

  /** A peer is back, or gone for good. */
  delete(peer: Peer): void {
    if (!this.#routers.delete(peer)) return;
    const id = routingIdOf(peer);
    const same = this.#byRoutingId.get(id)!;
    same.delete(peer);
    if (same.size === 0) this.#byRoutingId.delete(id);
    if (this.#routers.size === 0) this.#earliest = Infinity;
  }

  /** Where a peer was; undefined if it is not away. */
  routerOf(peer: Peer): Router | undefined {
    return this.#routers.get(peer);
  }

  /** Those whose connection had a routing id. */
  under(routingId: Uint8Array): Peer[] {
    return [...this.#byRoutingId.get(routingId.toHex()) ?? []];
  }

  /** When (ms) {@linkcode due} may have somebody; Infinity if it has not. */
  get deadline(): number {
    return this.#earliest;
  }

  /** Those whose time is over: each is to be deleted, or expected later. */
  due(now: number): [Peer, Router][] {
    if (now < this.#earliest) return [];
    this.#earliest = Infinity;
    const due: [Peer, Router][] = [];
    for (const [peer, router] of this.#routers) {
      if (peer.deadline <= now) due.push([peer, router]);
      else this.#earliest = Math.min(this.#earliest, peer.deadline);
    }
    return due;
  }
}

function routingIdOf({ frames: [outer] }: Peer): string {
  return outer!.toHex();
}
