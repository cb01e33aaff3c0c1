/** What a request says of itself. @module */
import type { Message } from "../../ffi/zmq/thin.ts";
import { readRequestHead, readTransaction, type RequestHead } from "../janus/request.ts";

/** What an error repeats of the request that it answers. */
export type Repeated = Partial<Pick<RequestHead, "transaction" | "session_id">>;

/** What the error repeats of a request that may be none. */
export function repeatedOf(bytes: Uint8Array): Repeated {
  return readRequestHead(bytes) ?? { transaction: readTransaction(bytes) };
}

/** The same for a message in hand; null: it is no request at all. */
export function repeatedIn(body: Message | null): Repeated {
  return body === null ? {} : repeatedOf(body.copy());
}
