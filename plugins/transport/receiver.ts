/** Reads what comes in on a router's socket: whose it is, and when somebody has gone. @module */
import { requestNumber } from "./envelope.ts";
import { hasOwnId, type Peer, type PeerIntroduction, peerKey } from "./peer.ts";
import type { RequestPath, RequestPathParts } from "./request_path.ts";
import { NUMBER } from "./router.ts";

/** Requests, and milliseconds of work on them, before Janus's own records have their turn. */
const BUDGET = 64;
const BUDGET_MS = 3;
/** Reads of the monitor (3 ms each at most) for one message, where connections come and go in floods. */
const MONITOR_ROUNDS = 4;
/** After this long (ms) the ends of connections are noticed although there is always more to read. */
const NOTICE_MS = 250;
/** Request numbers, doubled, fit 53 bits: so many for each process, and for so many in turn. */
const REQUESTS = 2 ** 40;
const GENERATIONS = 2 ** 12;

/** What a receiver has to do with. */
export interface ReceiverParts extends RequestPathParts {
  readonly requests: RequestPath;
}

/** Takes requests from a router's socket to where they go on. */
export class Receiver {
  readonly #parts: ReceiverParts;
  /** Since when (ms) connections have ended that were not noticed; Infinity if none has. */
  #endedAt = Infinity;
  #count: number;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    // Replies to an earlier process's requests may still come: they must not find one of ours.
    this.#count = (parts.link.generation % GENERATIONS) * REQUESTS;
  }

  /** When (ms) {@linkcode receive} notices ends of connections at the latest; Infinity: there are none. */
  get deadline(): number {
    return Math.min(this.#endedAt + NOTICE_MS, this.#parts.router.monitor.deadline);
  }

  /** Reads requests; true if there may be more. */
  receive(): boolean {
    const { monitor } = this.#parts.router;
    const until = Date.now() + BUDGET_MS;
    let told = false;
    for (let i = 0; i < BUDGET && this.#parts.requests.accepting && Date.now() < until; i++) {
      if (this.#parts.router.reader.read()) {
        this.#take();
      } else if (told) {
        this.#noticeClosed();
        return false;
      } else {
        this.#parts.uplink.rouse();
        // Only now, for a request that comes alone not to wait for it.
        told = monitor.read();
        if (told && !this.#hasEnded) return false;
      }
    }
    this.#parts.uplink.rouse();
    // However much there is to read: libzmq's own thread waits for somebody who listens to it.
    if (!told) monitor.read();
    if (this.#hasEnded) {
      const now = Date.now();
      this.#endedAt = Math.min(this.#endedAt, now);
      if (now >= this.#endedAt + NOTICE_MS) this.#noticeClosed();
    }
    return this.#parts.requests.accepting;
  }

  /** The message in hand becomes a request. */
  #take(): void {
    const peer = this.#sender();
    if (peer === null) return;
    const { router, requests } = this.#parts;
    const { delimiter, correlation } = router.reader;
    const request = requestNumber(++this.#count, delimiter);
    if (correlation !== null) router.correlate(request, correlation);
    requests.take(peer, request);
  }

  /** The peer that the message in hand is from; null if it is not let in, and has been told. */
  #sender(): Peer | null {
    const { peers, monitor, strangers } = this.#parts.router;
    const { routingId, hops, body } = this.#parts.router.reader;
    const fd = body.sourceDescriptor();
    const name = strangers === null ? null : body.gets("User-Id");
    const key = peerKey(routingId, hops, name);
    const known = peers.byKey(key);
    // libzmq makes an id up for one connection alone.
    if (known !== undefined && known.fd === fd && !hasOwnId(known)) return known;
    // The monitor knows if that is another connection than before on the same descriptor: who chose its
    // own id can come back. Of one that it does not know, nothing would ever tell that it has gone.
    const complete = this.#readMonitor();
    if (!monitor.hear(fd) && complete) {
      if (fd < 0) this.#parts.lifecycle.stray();
      else this.#parts.drops.add(1, "is gone", "verbose");
      return null;
    }
    const serial = monitor.serial(fd);
    if (name !== null) {
      if (strangers!.any) strangers!.heard(Number(body.gets(NUMBER)));
      const holders = peers.holders(peerKey(routingId, [], null), name);
      if (holders.length > 0) return this.#meetStranger(holders, this.#introduction(name));
    }
    const account = peers.account(name, fd, serial);
    const peer = known ?? this.#parts.lifecycle.admit(this.#introduction(name), account);
    if (typeof peer === "string") return this.#parts.requests.turnAway(name, peer);
    if (peers.heard(peer, fd, serial)) return peer;
    peers.attach(peer, fd, serial, account, known && this.#introduction(name));
    if (known !== undefined) this.#parts.lifecycle.back(peer);
    return peer;
  }

  /** Reads on to the end of what the monitor has to tell, within reason. @returns whether that was it */
  #readMonitor(): boolean {
    for (let round = 0; round < MONITOR_ROUNDS; round++) {
      if (this.#parts.router.monitor.read()) return true;
    }
    return false;
  }

  /**
   * The message in hand came under a routing id that is a peer's with another name. libzmq has given its
   * sender that peer's place, and reads no more from the peer's connection: that is cut, for the peer to
   * connect again.
   */
  #meetStranger(holders: readonly Peer[], stranger: PeerIntroduction): null {
    const { peers, monitor } = this.#parts.router;
    for (const holder of holders) {
      const { fd, serial } = holder;
      if (fd < 0) continue;
      peers.displace(holder);
      if (fd !== this.#parts.router.reader.body.sourceDescriptor() && monitor.isOpen(fd, serial)) {
        monitor.cut(fd);
      }
    }
    this.#parts.lifecycle.stranger(holders[0]!, stranger);
    return this.#parts.requests.turnAway(stranger.name, "This routing id is another client's");
  }

  #introduction(name: string | null): PeerIntroduction {
    const { ids, hops, body, delimiter } = this.#parts.router.reader;
    return {
      frames: ids,
      delimiter,
      // Behind a proxy nobody tells, but without a delimiter it can't be a REQ.
      pushable: hops.length > 0 ? !delimiter : body.gets("Socket-Type") !== "REQ",
      name,
      address: body.gets("Peer-Address") ?? "",
    };
  }

  /** True if connections have ended, as far as is known, that {@linkcode #noticeClosed} did not see. */
  get #hasEnded(): boolean {
    return this.#parts.router.monitor.hasClosed || this.#parts.router.peers.hasLost;
  }

  /**
   * Notices connections that have ended. To be called when the socket was read empty after the monitor
   * was, since what a peer sent last would make it known again; or when that takes too long.
   */
  #noticeClosed(): void {
    this.#endedAt = Infinity;
    const { monitor, peers } = this.#parts.router;
    for (const { fd, serial } of monitor.takeClosed()) {
      for (const peer of [...peers.onConnection(fd)]) {
        // A later serial is a new connection under the same descriptor.
        if (peer.serial <= serial) this.#parts.lifecycle.disconnected(peer);
      }
    }
    for (const peer of peers.takeLost()) if (peer.fd >= 0) this.#parts.lifecycle.disconnected(peer);
  }
}
