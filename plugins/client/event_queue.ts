/** Events that wait to be read. @module */

/** Options of an iteration over events. */
export interface EventsOptions {
  /** Ends the iteration when aborted: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Events as they come, for `for await`. It ends when its source does: quietly if that was closed
 * here, by an error if it was lost. Leaving the loop stops it.
 */
export interface JanusEvents<T> extends AsyncIterableIterator<T, undefined>, AsyncDisposable {
  /** How many events were dropped, oldest first, because too many waited. */
  readonly dropped: number;
  /** Stops it: whoever waits is told that it is done. */
  return(): Promise<IteratorResult<T, undefined>>;
  /** Itself. */
  [Symbol.asyncIterator](): JanusEvents<T>;
}

/** How a source ended: by an error, or quietly. */
interface End {
  readonly error?: Error;
}

/**
 * Hands events on to iterations. Each has a queue of its own and gets every event. While there is
 * none the events wait, and the next one gets them, with what the last one left unread: nothing is
 * lost before the first loop or between two. A queue that is full drops its oldest event.
 */
export class EventSource<T> {
  readonly #limit: number;
  readonly #readers = new Set<Reader<T>>();
  #waiting: Queue<T>;
  #end: End | undefined;

  /** @param limit of events per queue */
  constructor(limit: number) {
    this.#limit = limit;
    this.#waiting = new Queue(limit);
  }

  /** True once it has ended. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Hands an event on. */
  push(event: T): void {
    if (this.#end) return;
    if (this.#readers.size === 0) this.#waiting.push(event);
    else for (const reader of this.#readers) reader.push(event);
  }

  /** Ends every iteration, once it has read what waits. The first end counts. */
  end(error?: Error): void {
    if (this.#end) return;
    this.#end = error === undefined ? {} : { error };
    for (const reader of this.#readers) reader.end(this.#end);
    this.#readers.clear();
  }

  /** Begins an iteration. @throws the signal's reason if it is aborted already */
  read({ signal }: EventsOptions = {}): JanusEvents<T> {
    signal?.throwIfAborted();
    const queue = this.#waiting;
    this.#waiting = new Queue(this.#limit);
    const reader = new Reader(queue, signal, (unread) => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#waiting = unread;
    });
    if (this.#end) reader.end(this.#end);
    else this.#readers.add(reader);
    return reader;
  }
}

/** A ring that drops its oldest item when it is full. */
class Queue<T> {
  dropped = 0;
  readonly #limit: number;
  #items: T[] = [];
  #head = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(item: T): void {
    if (this.#items.length - this.#head >= this.#limit) {
      this.#head++;
      this.dropped++;
    }
    this.#items.push(item);
    // Moved seldom enough to cost nothing per item.
    if (this.#head > 1000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  get empty(): boolean {
    return this.#head === this.#items.length;
  }

  shift(): T {
    const item = this.#items[this.#head]!;
    this.#items[this.#head++] = undefined as T;
    if (this.empty) {
      this.#items = [];
      this.#head = 0;
    }
    return item;
  }
}

type Waiter<T> = PromiseWithResolvers<IteratorResult<T, undefined>>;

const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };

class Reader<T> implements JanusEvents<T> {
  readonly #signal: AbortSignal | undefined;
  readonly #leave: (unread: Queue<T>) => void;
  readonly #waiters: Waiter<T>[] = [];
  #queue: Queue<T>;
  #end: { error?: unknown } | undefined;
  #stopped = false;

  constructor(
    queue: Queue<T>,
    signal: AbortSignal | undefined,
    leave: (unread: Queue<T>) => void,
  ) {
    this.#queue = queue;
    this.#signal = signal;
    this.#leave = leave;
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  readonly #abort = (): void => this.#stop({ error: this.#signal!.reason });

  get dropped(): number {
    return this.#queue.dropped;
  }

  push(event: T): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter.resolve({ done: false, value: event });
    else this.#queue.push(event);
  }

  end(end: { error?: unknown }): void {
    if (this.#end) return;
    this.#end = end;
    this.#signal?.removeEventListener("abort", this.#abort);
    for (const waiter of this.#waiters.splice(0)) this.#settle(waiter);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (!this.#queue.empty) return Promise.resolve({ done: false, value: this.#queue.shift() });
    const waiter: Waiter<T> = Promise.withResolvers();
    if (this.#end) this.#settle(waiter);
    else this.#waiters.push(waiter);
    return waiter.promise;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#stop({});
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #stop(end: { error?: unknown }): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const unread = this.#queue;
    this.#queue = new Queue(0);
    this.#queue.dropped = unread.dropped;
    this.end(end);
    // Whoever stops after the source ended is not told why it did.
    if (!("error" in end)) this.#end = {};
    this.#leave(unread);
  }

  /** An error is told once; after it an iteration is done, as iterations are. */
  #settle(waiter: Waiter<T>): void {
    if (this.#end && "error" in this.#end) {
      waiter.reject(this.#end.error);
      this.#end = {};
    } else {
      waiter.resolve(DONE);
    }
  }
}
