/** A client, and what it is known by. @module */
import type { Account } from "./account.ts";

/** libzmq makes these up for peers that have none of their own: 0 and four random bytes. */
const GENERATED_ID_BYTES = 5;

/** What is known of a peer when it is first heard. */
export interface PeerIntroduction {
  /** Routing ids from the outside in: one, or more behind proxies. */
  readonly frames: readonly Uint8Array<ArrayBuffer>[];
  /** Whether it last put an empty frame before the body: asynchronous messages get one as well. */
  readonly delimiter: boolean;
  /** False for a REQ: it would take an asynchronous message for the reply that it waits for. */
  readonly pushable: boolean;
  /** Its name, where it has authenticated itself. */
  readonly name: string | null;
  /** IP address, or what ipc has for one. */
  readonly address: string;
}

/** A client: one Janus transport session. Its fields change, but only `PeerTable` changes them. */
export interface Peer extends PeerIntroduction {
  readonly id: number;
  readonly key: PeerKey;
  readonly admin: boolean;
  /**
   * Whether an earlier process's socket made its routing id up. The next socket begins with the same
   * ones, so it may be somebody else's by now: the peer can be neither recognised nor reached.
   */
  readonly stranded: boolean;
  /** The connection that it was last heard on; -1 while it has none. */
  readonly fd: number;
  readonly serial: number;
  /** When (ms) it was first heard on it. */
  readonly attachedAt: number;
  /** When (ms) a message of it was last read, which proves whose its routing id was then; 0 for never. */
  readonly heardAt: number;
  /** When (ms) it is given up unless it is heard; Infinity while its connection is open. */
  readonly deadline: number;
  /** What it is limited by. */
  readonly account: Account;
  /** Requests whose reply was not sent yet; its account has them as well. */
  readonly inFlight: number;
  /** Requests that hooks have not seen yet: for as long it is not taken for gone. */
  readonly hooked: number;
}

/** What a peer is looked up by. */
export type PeerKey = number | string;

/** What Janus's side keeps of a peer: for `connections`, and for the next process. */
export interface PeerState {
  /** Routing ids as hexadecimal text. */
  readonly frames: readonly string[];
  readonly delimiter: boolean;
  readonly pushable: boolean;
  readonly shown: {
    readonly name?: string;
    readonly identity: string;
    readonly address: string;
    readonly queued: number;
  };
}

/**
 * The key of a routing id, of those behind it, and of who has proved to be there: nobody is taken for
 * somebody else for having chosen the same routing id.
 */
export function peerKey(
  routingId: Uint8Array,
  hops: readonly Uint8Array[],
  name: string | null,
): PeerKey {
  if (hops.length === 0 && name === null && isGenerated(routingId)) {
    return routingId[1]! + routingId[2]! * 0x100 + routingId[3]! * 0x10000 +
      routingId[4]! * 0x1000000;
  }
  // Lengths keep ["ab", "c"] and ["a", "bc"] apart, and all of them from an id that looks alike.
  const lengths = hops.length === 0 ? "" : [routingId.length, ...hops.map((hop) => hop.length)];
  const owner = name === null ? "" : `${name.length}/${name}`;
  return `${owner}${lengths}:${latin1(routingId)}${hops.map(latin1).join("")}`;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** The key of the routing id of a peer's connection, whoever is there. */
export function outerKey({ frames: [outer] }: PeerIntroduction): PeerKey {
  return peerKey(outer!, [], null);
}

/** True for a peer that chose its own routing id, and so can come back as the same. */
export function hasOwnId({ frames, stranded }: Peer): boolean {
  return !stranded && (frames.length > 1 || !isGenerated(frames[0]!));
}

/** True for a routing id of libzmq's making. */
export function isGenerated(routingId: Uint8Array): boolean {
  return routingId.length === GENERATED_ID_BYTES && routingId[0] === 0;
}

/** What is shown of a peer's identity: text where it is printable, else hexadecimal. */
export function identityText({ frames }: Peer): string {
  return frames.map((frame) => {
    const printable = frame.every((byte) => byte > 0x20 && byte < 0x7f);
    return printable ? latin1(frame) : `0x${frame.toHex()}`;
  }).join("/");
}

/** What Janus's side is told of a peer. @param queued how many messages wait for it */
export function peerState(peer: Peer, queued: number): PeerState {
  const { frames, delimiter, pushable, name, address } = peer;
  return {
    frames: frames.map((frame) => frame.toHex()),
    delimiter,
    pushable,
    shown: { ...(name === null ? {} : { name }), identity: identityText(peer), address, queued },
  };
}
