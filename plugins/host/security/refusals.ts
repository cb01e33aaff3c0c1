/** What is said about refused peers: enough to find the cause, not enough to fill the disk. @module */
import type { Log } from "../../janus/log.ts";

/** One line for each address in this time (ms). */
const QUIET_MS = 60_000;
/** Addresses that are remembered; then the oldest are forgotten. */
const MAX_ADDRESSES = 1024;
/** Lines in {@linkcode QUIET_MS} for all addresses together. */
const MAX_LINES = 60;
const MAX_TEXT = 80;

/** Logs refusals: one line for an address, API and minute, with how many there were since the last. */
export class RefusalLog {
  readonly #log: Log;
  readonly #seen = new Map<string, { quietUntil: number; unsaid: number }>();
  #windowEnd = 0;
  #lines = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** A peer of this address was refused; `what` is where, as in "the Janus API". */
  refuse(
    address: string,
    what: string,
    reason: string,
    now = Date.now(),
    quiet = QUIET_MS,
  ): void {
    const who = `${shownAddress(address)} on ${what}`;
    // Those without an address are told apart by what was wrong.
    const key = address === "" ? `${who}: ${reason}` : who;
    const seen = this.#seen.get(key);
    if (seen !== undefined && now < seen.quietUntil) {
      seen.unsaid++;
      return;
    }
    if (!this.#hasRoom(now)) return;
    const unsaid = seen?.unsaid ?? 0;
    const more = unsaid > 0 ? ` (and ${unsaid} times more since the last such line)` : "";
    this.#log.warning(`Refused ${who}: ${reason}${more}`);
    this.#seen.delete(key); // to be the newest
    this.#seen.set(key, { quietUntil: now + quiet, unsaid: 0 });
    if (this.#seen.size > MAX_ADDRESSES) this.#seen.delete(this.#seen.keys().next().value!);
  }

  #hasRoom(now: number): boolean {
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + QUIET_MS;
      this.#lines = 0;
    }
    if (++this.#lines === MAX_LINES) {
      this.#log.warning("Too many peers are refused: those of the next minute are not logged");
    }
    return this.#lines < MAX_LINES;
  }
}

/** The address as lines show it. A local client's process id is a new one each time. */
function shownAddress(address: string): string {
  const local = /^localhost:(\d+):/.exec(address);
  if (local !== null) return `a local client (user id ${local[1]})`;
  return address === "" ? "a client" : printable(address);
}

/** Text from the network as lines may show it. */
export function printable(text: string): string {
  const clean = text.replaceAll(/[^\x20-\x7e]/g, "?");
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}...` : clean;
}
