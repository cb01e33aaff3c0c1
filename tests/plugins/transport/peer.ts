/** Peers for tests that need no socket. */
import {
  type Peer,
  PeerIds,
  type PeerIntroduction,
  peerKey,
  PeerTable,
} from "../../../plugins/transport/peers.ts";

const tables = [false, true].map((admin) => new PeerTable(new PeerIds(1), admin));
let count = 0;

/** A peer unlike all others. */
export function newPeer(
  { admin = false, ...fields }: Partial<PeerIntroduction> & { admin?: boolean } = {},
): Peer {
  const frame = new TextEncoder().encode(`peer-${++count}`);
  const introduction: PeerIntroduction = {
    key: peerKey(frame, frame.length, [], fields.name ?? null),
    frames: [frame],
    delimiter: false,
    pushable: true,
    name: null,
    address: "127.0.0.1",
    ...fields,
  };
  return tables[admin ? 1 : 0]!.open(introduction, 1)!;
}
