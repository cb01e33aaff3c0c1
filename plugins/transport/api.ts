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

/** What serves one API. */
export type Api = ReturnType<typeof openApi>;

/** Opens an API. @throws {ZmqError} with the endpoint, if its socket can't be bound */
export function openApi(
  options: ApiOptions,
  shared: Shared & { readonly context: ThinContext; readonly ids: PeerIds },
) {
  const { context, ids, link, settings, sessions } = shared;
  const peers = new PeerTable(ids, options.admin, settings);
  const router = new Router(options, { context, link, peers });
  const delivery = new Delivery(router, shared);
  // The Admin API has none.
  const polls = options.admin ? null : new Polls(sessions, delivery);
  const lifecycle = new PeerLifecycle({ ...shared, router, delivery, polls });
  const access = new Access(options, sessions);
  const parts = { ...shared, router, delivery, polls, lifecycle, access };
  const requests = new RequestPath(parts);
  const receiver = new Receiver({ ...parts, requests });
  return {
    peers,
    router,
    delivery,
    polls,
    lifecycle,
    requests,
    receiver,

    /** When (ms) `tick`, or the receiver, has something to do; Infinity if they have not. */
    get deadline(): number {
      // The socket is looked at then; but not while nothing can be taken from it.
      if (peers.hasLost && requests.accepting) return 0;
      const deadline = Math.min(polls?.deadline ?? Infinity, lifecycle.deadline);
      return Math.min(deadline, delivery.deadline, receiver.deadline);
    },

    /** What is due by time rather than by message. */
    tick(now: number): void {
      polls?.expire(now);
      delivery.tick(now);
      lifecycle.tick(now);
    },
  };
}
