/**
 * `for await` over what can be received.
 *
 * @module
 */
import { Errno } from "./constants.ts";
import { ZmqError } from "./error.ts";

/** Iterates over what a closable source gives, until it is closed. */
export function iterate<T>(
  source: { readonly closed: boolean },
  receive: () => Promise<T>,
): AsyncIterator<T, undefined> {
  return {
    async next(): Promise<IteratorResult<T, undefined>> {
      if (source.closed) return { done: true, value: undefined };
      try {
        return { done: false, value: await receive() };
      } catch (error) {
        if (source.closed && error instanceof ZmqError && error.errno === Errno.EAGAIN) {
          return { done: true, value: undefined };
        }
        throw error;
      }
    },
  };
}
