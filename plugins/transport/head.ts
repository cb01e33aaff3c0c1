/** What a request says of itself, where it is short enough to be looked into. @module */
import type { Message } from "../../ffi/zmq/thin.ts";
import { readRequestHead, type RequestHead } from "../janus/request.ts";

/** A request longer than this is no poll, and its transaction is not worth looking for. */
export const HEAD_BYTES = 65_536;

/** The head of a request; null if it is too long, or no JSON object. */
export function headOf(body: Message): RequestHead | null {
  return body.size <= HEAD_BYTES ? readRequestHead(body.copy()) : null;
}
