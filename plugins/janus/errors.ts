/** Errors that a transport answers by itself, in Janus's form. @module */

/** Codes of Janus's `apierror.h`. */
export const ErrorCode = { invalid_json: 454, unknown: 490 } as const;

/** An error reply as Janus writes it; without a transaction, since the request was not read. */
export function errorReply(code: number, reason: string): string {
  return JSON.stringify({ janus: "error", error: { code, reason } });
}
