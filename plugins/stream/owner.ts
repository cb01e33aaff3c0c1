/**
 * Sees to it that two servers don't write under one name. Who connects says on a subject of the name's
 * own who it is; who has the better right says so too, and the other one gives up. Of two companions of
 * one Janus the elder one, whose host has died, stops at once and says so.
 *
 * @module
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { printable } from "../janus/printable.ts";
import type { Writer } from "./messages.ts";
import { subjectToken } from "./names.ts";

/** So long (ms) it is waited for others, once the server has passed on who we are. */
const ANSWER_MS = 100;
/** It is said again after this (ms): servers that could not reach each other may do so now. */
const AGAIN_MS = 10_000;

interface Claim {
  readonly epoch: number;
  readonly host: string;
  /** When its process was started, and a random number to tell two of the same moment apart. */
  readonly born: number;
  readonly token: number;
  /** Since when it has had the name; null if it has not. */
  readonly since: number | null;
  /** It ends, and has passed on before this all that it will. */
  readonly yields: boolean;
}

/** What is told of others. */
export interface OwnerListener {
  /** Another server has the name. */
  refused(error: Error): void;
  /** A younger companion of the same Janus is there: nothing must be published any more. */
  outranked(): void;
}

/** One companion's right to a name. */
export class Owner {
  readonly #instance: string;
  readonly #subject: string;
  readonly #listener: OwnerListener;
  readonly #me: Omit<Claim, "since" | "yields">;
  #since: number | null;

  /** @param wrote something of this writer's is known to be stored: it had the name before */
  constructor(
    writer: Writer,
    host: string,
    subject: string,
    wrote: boolean,
    listener: OwnerListener,
  ) {
    this.#instance = writer.instance;
    this.#subject = `${subject}-owner.${subjectToken(writer.instance)}`;
    this.#listener = listener;
    const token = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    this.#me = { epoch: writer.epoch, host, born: performance.timeOrigin, token };
    this.#since = wrote ? writer.epoch : null;
  }

  /** Takes the name over this connection. @returns what ends it */
  async claim(nc: NatsConnection): Promise<() => void> {
    const yielded = Promise.withResolvers<void>();
    nc.subscribe(this.#subject, {
      callback: (error, msg) => {
        if (error !== null) return this.#listener.refused(error);
        const claim = readClaim(msg.data);
        if (claim === null || claim.token === this.#me.token) return;
        this.#heard(nc, claim, yielded.resolve);
      },
    });
    this.#say(nc);
    await nc.flush();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const waited = new Promise<void>((resolve) => timer = setTimeout(resolve, ANSWER_MS));
    await Promise.race([waited, yielded.promise]);
    clearTimeout(timer);
    this.#since ??= Date.now();
    const again = setInterval(() => this.#say(nc), AGAIN_MS);
    return () => clearInterval(again);
  }

  #heard(nc: NatsConnection, claim: Claim, yielded: () => void): void {
    const { epoch, host, born, token } = this.#me;
    if (claim.epoch === epoch && claim.host === host) {
      if (claim.yields) return yielded();
      if (claim.born < born || (claim.born === born && claim.token < token)) return;
      this.#listener.outranked();
      this.#say(nc, true);
    } else if (claim.yields) {
      return;
    } else if (isBetter({ ...this.#me, since: this.#since }, claim)) {
      this.#say(nc);
    } else {
      const since = new Date(claim.epoch).toISOString();
      this.#listener.refused(
        new Error(
          `The instance name ${this.#instance} is in use by the server on ${
            printable(claim.host)
          } (started ${since}): set stream.instance`,
        ),
      );
    }
  }

  #say(nc: NatsConnection, yields = false): void {
    if (nc.isClosed()) return;
    const claim: Claim = { ...this.#me, since: this.#since, yields };
    nc.publish(this.#subject, JSON.stringify(claim));
  }
}

/** A claim is far shorter, and so is a host's name. */
const [CLAIM_BYTES, HOST] = [4096, 255];
/** The last moment (ms) that `Date` knows. */
const LATEST = 8.64e15;

/** What another one says; null for what makes no sense: whoever may publish there can say anything. */
function readClaim(data: Uint8Array): Claim | null {
  if (data.length > CLAIM_BYTES) return null;
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder().decode(data));
  } catch {
    return null;
  }
  if (typeof said !== "object" || said === null) return null;
  const { epoch, host, born, token, since, yields } = said as Record<string, unknown>;
  const isMoment = (value: unknown): value is number =>
    typeof value === "number" && value > 0 && value <= LATEST;
  if (!isMoment(epoch) || !isMoment(born) || typeof token !== "number") return null;
  if (typeof host !== "string" || host.length > HOST || typeof yields !== "boolean") return null;
  if (since !== null && !isMoment(since)) return null;
  return { epoch, host, born, token, since, yields };
}

type Right = Pick<Claim, "since" | "epoch" | "host" | "token">;

/** Who has had the name for longer; else, whose Janus was started first. */
function isBetter(one: Right, other: Right): boolean {
  const [ours, theirs] = [one.since ?? Infinity, other.since ?? Infinity];
  if (ours !== theirs) return ours < theirs;
  if (one.epoch !== other.epoch) return one.epoch < other.epoch;
  return one.host === other.host ? one.token < other.token : one.host < other.host;
}
