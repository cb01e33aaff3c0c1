/** Errors that a transport answers by itself, in Janus's form. @module */

/** Codes of Janus's `apierror.h`. */
export const ErrorCode = {
  unauthorized: 403,
  invalid_json: 454,
  session_not_found: 458,
  unknown: 490,
} as const;

/** An error reply as Janus writes it. */
export function errorReply(
  code: number,
  reason: string,
  { transaction, session_id }: {
    transaction?: string | undefined;
    session_id?: bigint | undefined;
  } = {},
): string {
  // Put together by hand: a BigInt is no JSON to JSON.stringify.
  const session = session_id === undefined ? "" : `"session_id":${session_id},`;
  const known = transaction === undefined ? "" : `"transaction":${JSON.stringify(transaction)},`;
  const error = JSON.stringify({ code, reason });
  return `{"janus":"error",${session}${known}"error":${error}}`;
}
