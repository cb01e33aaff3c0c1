/** What is counted against `limits`. @module */

/** A token bucket: `burst` requests at once, `rate` a second over time. */
export class TokenBucket {
  #tokens: number;
  #filled: number;

  /** @param now milliseconds */
  constructor(burst: number, now: number) {
    this.#tokens = burst;
    this.#filled = now;
  }

  /** Takes a token; false if there is none. A rate of 0 is no limit. */
  take(rate: number, burst: number, now: number): boolean {
    if (rate === 0) return true;
    const gained = Math.max(0, now - this.#filled) * rate / 1000;
    this.#tokens = Math.min(burst, this.#tokens + gained);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/**
 * Whose requests count together: all that come on one connection, whatever proxies they are said to
 * have come through; or under one name, where clients have names.
 */
export class Account {
  readonly bucket: TokenBucket;
  peers = 0;
  /** Requests whose reply was not sent yet. */
  inFlight = 0;

  constructor(burst: number) {
    this.bucket = new TokenBucket(burst, Date.now());
  }
}

/** The accounts of one socket. As many as there are descriptors, and names, at most. */
export class Accounts {
  readonly #byName = new Map<string, Account>();
  readonly #byFd = new Map<number, { readonly serial: number; readonly account: Account }>();

  /** Whose account a message counts for. @param burst for one that is new */
  of(name: string | null, fd: number, serial: number, burst: number): Account {
    if (name !== null) {
      return this.#byName.getOrInsertComputed(name, () => new Account(burst));
    }
    if (fd < 0) return new Account(burst); // its connection is yet to come
    const known = this.#byFd.get(fd);
    if (known?.serial === serial) return known.account;
    const account = new Account(burst);
    this.#byFd.set(fd, { serial, account });
    return account;
  }
}
