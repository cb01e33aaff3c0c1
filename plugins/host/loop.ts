/** The one place to wait: a synchronous loop over the ring and the sockets. @module */
import { setImmediate } from "node:timers/promises";
import type { CompanionUser } from "../../ffi/bridge/companions.ts";
import { Fd } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import { PollEvent } from "../../ffi/zmq/constants.ts";
import { type Library, Poller } from "../../ffi/zmq/thin.ts";
import { Pace } from "./pace.ts";

const POLL_ITEMS = 16;
/** How often (ms) timers and messages of the process's own have a turn; a turn costs 3 us. */
const YIELD_MS = 10;

/** With records held back, the loop shows that it lives at least so often (ms): see `watchdog`. */
const HELD_MS = 250;

/** A nap is worth it where it lets so many records gather. */
const WORTH = 1.6;

/** What a plugin does in the loop. */
export interface Service {
  /** Adds its sockets to the poller, once. */
  watch(poller: Poller): void;
  /** Gets ready to wait: may change what its sockets wait for. */
  prepare(poller: Poller): void;
  /** What runs scripts for it: the loop attends to it as well, and first. */
  readonly scripts?: CompanionUser<Poller> | null;
  /**
   * How long (microseconds) records may wait, to be handled together; nothing for not at all. Where they
   * come fast, the loop naps for so long, and Janus's thread need not wake us: that costs it more than all
   * else. Whoever waits for an answer must not wait for this.
   */
  readonly patience?: number;
  /** False while what is in the ring waits for something else than records. */
  readonly ready?: boolean;
  /**
   * Handles what is in the ring, a batch at most (`Link.drain`), and commits what is done.
   *
   * @param stopping nothing waits any more: 0 then means that all is done
   * @returns how many records it has handled; the size of a batch if there may be more
   */
  drain(stopping: boolean): number;
  /** Does what the sockets have ready, if any has; true if there may be more. */
  receive(): boolean;
  /** Milliseconds until {@linkcode tick} is due, -1 for never. */
  timeout(now: number): number;
  /** What is due by time. */
  tick(now: number): void;
  /** Descriptors of the connections that are open. */
  connections(): Iterable<number>;
  /** Closes the sockets. */
  close(linger: number): void;
}

/** Whether the process is to be started anew. */
export interface Renewal {
  /** Asked in each turn. */
  due(now: number): boolean;
  /** When (ms) it is to be asked again at the latest; Infinity for whenever there is a turn. */
  readonly deadline: number;
}

/** What else is served in the loop, besides the service. */
export interface Side {
  watch(poller: Poller): void;
  /** Does what its sockets have ready; true if there may be more. */
  receive(): boolean;
  /** Milliseconds that the loop may wait, -1 for any time; then promises have a turn. */
  readonly timeout: number;
}

/** How a loop ended: Janus wants it, Janus is gone, or the process is to be started anew. */
export type LoopEnd = "stop" | "orphaned" | "renew";

/**
 * Runs until Janus says stop, when everything in the ring is handled; or until a renewal is due, when
 * the next process finds the rest there.
 */
export async function runLoop(
  link: Link,
  service: Service,
  side: Side,
  library: Library,
  fds: { readonly wakeChild: number; readonly lifeline: number } = Fd,
  renewal: Renewal = { due: () => false, deadline: Infinity },
): Promise<LoopEnd> {
  const poller = new Poller(POLL_ITEMS, library);
  const wake = poller.add(fds.wakeChild, PollEvent.IN);
  const lifeline = poller.add(fds.lifeline, PollEvent.IN);
  const { scripts } = service;
  service.watch(poller);
  scripts?.watch(poller);
  side.watch(poller);
  // For these alone, there is nothing to receive.
  const wokenByScripts = () => scripts?.woken(poller) ?? 0;
  // Looking at a socket for nothing costs several system calls: most wakes are for the ring alone.
  let look = true;
  const pace = new Pace();
  for (let yielded = 0, looked = 0;;) {
    const stopping = link.stopping; // looked at first: what came before it is in the ring
    const drained = service.drain(stopping);
    let more = false;
    if (look) {
      const asked = side.receive();
      more = service.receive() || asked;
    }
    const now = Date.now();
    const patience = service.patience ?? 0;
    const naps = pace.note(drained, now) * patience >= 1000 * WORTH;
    scripts?.tick();
    service.tick(now);
    if (renewal.due(now)) return "renew";
    // What clients may still send would get no answer.
    if (stopping && drained === 0) return "stop";
    const soon = side.timeout;
    look = true;
    if (drained < link.batch && !more) {
      const asked = Math.min(renewal.deadline - now, scripts?.timeout() ?? Infinity);
      const asks = asked === Infinity ? -1 : Math.ceil(Math.max(0, asked));
      const timeout = earlier(earlier(service.timeout(now), soon), asks);
      service.prepare(poller);
      scripts?.prepare(poller);
      const held = service.ready === false;
      if (naps && drained > 0 && timeout !== 0 && !held && !stopping) {
        link.nap(patience);
        look = false;
      } else if (held || link.sleep()) {
        const count = poller.wait(held ? heldFor(timeout) : timeout);
        if (count < 0) throw library.error("Cannot wait");
        const woken = poller.ready(wake) !== 0;
        link.awake(woken);
        if (poller.ready(lifeline) !== 0) return "orphaned";
        look = count > wokenByScripts() + (woken ? 1 : 0);
        looked = now;
      } else if (patience > 0) look = false;
      // Once a millisecond is often enough for the sockets of who is patient.
      if (!look && now !== looked) {
        look = poller.wait(0) > wokenByScripts();
        looked = now;
      }
    }
    if (soon < 0 && now - yielded < YIELD_MS) continue;
    yielded = now;
    await setImmediate();
  }
}

/** Of two timeouts, where -1 is never. */
function earlier(one: number, other: number): number {
  if (one < 0 || other < 0) return Math.max(one, other);
  return Math.min(one, other);
}

function heldFor(timeout: number): number {
  return timeout < 0 ? HELD_MS : Math.min(timeout, HELD_MS);
}
