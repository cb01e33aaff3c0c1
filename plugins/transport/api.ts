/** One API, the Janus API or the Admin API: its socket, its peers, and the way in. @module */
import type { ThinContext } from "../../ffi/zmq/thin.ts";
import { Access, type AccessRules } from "./access.ts";
import { Delivery } from "./delivery.ts";
import type { PeerIds } from "./peer_ids.ts";
import { PeerTable } from "./peer_table.ts";
import { Polls } from "./polling.ts";
import { Receiver } from "./receiver.ts";
import { PeerLifecycle } from "./peer_lifecycle.ts";
import { RequestPath } from "./request_path.ts";
import { Router, type RouterOptions } from "./router.ts";
import type { Shared } from "./shared.ts";

/** How an API is served. */
export type ApiOptions = RouterOptions & AccessRules;

/** Puts together what serves one API. */
export class Api {
  readonly peers: PeerTable;
  readonly router: Router;
  readonly delivery: Delivery;
  /** Null on the Admin API, which has none. */
  readonly polls: Polls | null;
  readonly lifecycle: PeerLifecycle;
  readonly requests: RequestPath;
  readonly receiver: Receiver;

  /** Opens the socket. @throws {ZmqError} with the endpoint, if it can't be bound */
  constructor(
    options: ApiOptions,
    shared: Shared & { readonly context: ThinContext; readonly ids: PeerIds },
  ) {
    const { admin } = options;
    const { context, ids, settings, sessions } = shared;
    const peers = this.peers = new PeerTable(ids, admin, settings);
    const router = this.router = new Router(options, context, peers);
    const delivery = this.delivery = new Delivery(router, shared);
    const polls = this.polls = admin
      ? null
      : new Polls(sessions, (peer, request, bytes) => delivery.send(peer, request, bytes));
    const lifecycle = this.lifecycle = new PeerLifecycle({ ...shared, router, delivery, polls });
    const access = new Access(options, sessions);
    const parts = { ...shared, router, delivery, polls, lifecycle, access };
    const requests = this.requests = new RequestPath(parts);
    this.receiver = new Receiver(router, lifecycle, requests, shared.link.generation);
  }

  /** When (ms) {@linkcode tick}, or the receiver, has something to do; Infinity if they have not. */
  get deadline(): number {
    // The socket is looked at then; but not while nothing can be taken from it.
    if (this.peers.hasLost && this.requests.accepting) return 0;
    return Math.min(
      this.polls?.deadline ?? Infinity,
      this.lifecycle.deadline,
      this.delivery.deadline,
      this.receiver.deadline,
    );
  }

  /** What is due by time rather than by message. */
  tick(now: number): void {
    this.polls?.expire(now);
    this.delivery.tick(now);
    this.lifecycle.tick(now);
  }

  /** Closes the socket; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    this.receiver.close();
    this.router.close(linger);
  }
}
