/** The ZAP server (ZeroMQ RFC 27): libzmq asks it who may connect. @module */
import { Flag, PollEvent, SocketType } from "../../../ffi/zmq/constants.ts";
import { type Poller, type ThinContext, ThinSocket } from "../../../ffi/zmq/thin.ts";
import { NUMBER } from "../../transport/router.ts";
import type { Credentials, Verdict } from "./policy.ts";

/** Where libzmq looks for it. */
export const ZAP_ENDPOINT = "inproc://zeromq.zap.01";
const VERSION = "1.0";
/** Requests, and milliseconds of work on them, before other sockets have their turn. */
const BUDGET = 64;
const BUDGET_MS = 3;
/** The longest frame that can be of use: user names and passwords end at 255 bytes. */
const FRAME_BYTES = 256;
const MAX_FRAMES = 16;
/** Frames before the credentials: routing id, delimiter, version, request, domain, address, identity, mechanism. */
const FIXED_FRAMES = 8;

/** Decides on a request; a promise is waited for without holding up the others. */
export type Judge = (domain: string, credentials: Credentials) => Verdict | Promise<Verdict>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const EMPTY = new Uint8Array(new ArrayBuffer(0));

/**
 * Answers in the loop that serves the API's own sockets. That cannot deadlock: the handshake runs
 * in libzmq's I/O thread, which puts its question on this socket and goes on with its other
 * connections until the answer is there. No call of ours waits for a handshake; the loop's wait ends
 * for the question as for anything else. A ROUTER, so that questions need not be answered in turn.
 */
export class ZapServer {
  readonly #socket: ThinSocket;
  readonly #judge: Judge;
  readonly #frame = new Uint8Array(new ArrayBuffer(FRAME_BYTES));
  #pending = 0;

  /** Binds; do so before any endpoint is bound. @throws {ZmqError} if the context has one already */
  constructor(context: ThinContext, judge: Judge) {
    this.#judge = judge;
    this.#socket = new ThinSocket(context, SocketType.ROUTER);
    this.#socket.bind(ZAP_ENDPOINT);
  }

  /** How many questions wait for a promise. */
  get pending(): number {
    return this.#pending;
  }

  /** Adds the socket to the loop's poller. */
  watch(poller: Poller): void {
    poller.add(this.#socket, PollEvent.IN);
  }

  /** Answers what was asked; true if there may be more. */
  receive(): boolean {
    const until = Date.now() + BUDGET_MS;
    for (let i = 0; i < BUDGET && Date.now() < until; i++) {
      const frames = this.#read();
      if (frames === null) return false;
      this.#answer(frames);
    }
    return true;
  }

  /** Closes the socket: from here on nobody can connect. */
  close(): void {
    this.#socket.close();
  }

  /** The next request; null if there is none. Frames that are too long or too many are cut. */
  #read(): Uint8Array<ArrayBuffer>[] | null {
    const frames: Uint8Array<ArrayBuffer>[] = [];
    do {
      const size = this.#socket.recv(this.#frame, frames.length === 0 ? Flag.DONTWAIT : 0);
      if (size < 0) return null;
      if (frames.length < MAX_FRAMES) frames.push(this.#frame.slice(0, size));
    } while (this.#socket.more());
    return frames;
  }

  #answer(frames: readonly Uint8Array<ArrayBuffer>[]): void {
    const [peer, , version, request, domain, address, , mechanism] = frames;
    if (peer === undefined || request === undefined) return;
    if (mechanism === undefined || decoder.decode(version) !== VERSION) {
      this.#reply(peer, request, { allowed: false, reason: "malformed request" });
      return;
    }
    const credentials = {
      address: decoder.decode(address),
      mechanism: decoder.decode(mechanism),
      frames: frames.slice(FIXED_FRAMES),
    };
    const verdict = this.#judge(decoder.decode(domain), credentials);
    if (!(verdict instanceof Promise)) {
      this.#reply(peer, request, verdict);
      return;
    }
    this.#pending++;
    verdict.catch((): Verdict => ({ allowed: false, reason: "internal error" })).then((late) => {
      this.#pending--;
      this.#reply(peer, request, late);
    });
  }

  /** A peer that has gone meanwhile gets nothing: a ROUTER drops what it cannot deliver. */
  #reply(
    peer: Uint8Array<ArrayBuffer>,
    request: Uint8Array<ArrayBuffer>,
    verdict: Verdict,
  ): void {
    // 300 ends the handshake when its time is over, and the peer tries again; 400 makes it give up.
    const code = verdict.allowed ? "200" : verdict.again ? "300" : "400";
    // The reason is for our log: a peer need not know more.
    const texts = [code, verdict.allowed ? "OK" : "Refused", verdict.allowed ? verdict.name : ""];
    const answer = [peer, EMPTY, encoder.encode(VERSION), request]
      .concat(texts.map((text) => encoder.encode(text)));
    for (const frame of answer) this.#socket.send(frame, Flag.SNDMORE | Flag.DONTWAIT);
    const number = verdict.allowed ? verdict.number : undefined;
    this.#socket.send(number === undefined ? EMPTY : numberProperty(number), Flag.DONTWAIT);
  }
}

/** Metadata as ZMTP has it: the length of the name in a byte, of the value in four. */
function numberProperty(number: number): Uint8Array<ArrayBuffer> {
  const [name, value] = [encoder.encode(NUMBER), encoder.encode(`${number}`)];
  return new Uint8Array([name.length, ...name, 0, 0, 0, value.length, ...value]);
}
