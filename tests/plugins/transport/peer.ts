/** Peers for tests that need no socket. */
import type { Peer, PeerIntroduction } from "../../../plugins/transport/peer.ts";
import { PeerIds } from "../../../plugins/transport/peer_ids.ts";
import { PeerTable } from "../../../plugins/transport/peer_table.ts";
import type { TransportSettings } from "../../../plugins/transport/settings.ts";

/** Settings that forbid next to nothing. */
export function newSettings(
  { limits, ...settings }:
    & Omit<Partial<TransportSettings>, "limits">
    & { readonly limits?: Partial<TransportSettings["limits"]> | undefined } = {},
): TransportSettings {
  return {
    events: false,
    linger: 0,
    outbox: 1000,
    limits: {
      max_message_size: 10_000,
      max_peers: 10_000,
      max_peers_each: 1000,
      max_in_flight: 10_000,
      max_rate: 0,
      max_burst: 20_000,
      ...limits,
    },
    ...settings,
  };
}

/** A table of peers. */
export function newTable(ids = new PeerIds(1), admin = false): PeerTable {
  return new PeerTable(ids, admin, newSettings());
}

/** Where {@linkcode newPeer} has its peers, by API. */
export const tables = { janus: newTable(), admin: newTable(new PeerIds(1), true) };
let count = 0;

/** A peer unlike all others. */
export function newPeer(
  { admin = false, ...fields }: Partial<PeerIntroduction> & { admin?: boolean } = {},
): Peer {
  const frame = new TextEncoder().encode(`peer-${++count}`);
  const introduction: PeerIntroduction = {
    frames: [frame],
    delimiter: false,
    pushable: true,
    name: null,
    address: "127.0.0.1",
    ...fields,
  };
  return tables[admin ? "admin" : "janus"].add(introduction)!;
}
