/** Waiting: for a while, for a promise but not for ever, and for Ctrl-C. */

/** Waits. @throws the signal's reason, once it is aborted */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal?.reason);
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener("abort", abort);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** What a promise brings, or undefined after some milliseconds. */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Ctrl-C, a kill or a closed terminal: they no longer end the process but abort a signal, so that
 * whoever works here tidies up first. More of them change nothing: a terminal and a task may both
 * pass on the same one.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #interrupt = () => this.#controller.abort();

  constructor() {
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * From here on they end the process again; not once one has come: a task passes the terminal's on
   * a little later, and that would spoil the exit code.
   */
  [Symbol.dispose](): void {
    if (this.signal.aborted) return;
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#interrupt);
  }
}
