/** Waiting for time to pass, and for the first of two things. @module */

/** Resolves after so many milliseconds, or once the signal says so. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    if (signal?.aborted) done();
    else signal?.addEventListener("abort", done);
  });
}

/** What a promise gives, unless something else has ended before. */
export function race<T>(promise: Promise<T>, end: Promise<never>): Promise<T> {
  promise.catch(() => {});
  return Promise.race([promise, end]);
}
