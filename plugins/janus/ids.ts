/** Ids of sessions and handles. @module */

/**
 * Id of a session or a handle. Janus makes up ids of at most 53 bits, which are numbers here. A
 * client may choose a session's id, up to 63 bits: one that no number can hold exactly is a bigint.
 * Equal ids are equal by `===`, and as keys of a `Map`.
 */
export type JanusId = number | bigint;

const MAX_ID = 2n ** 63n - 1n;

/**
 * An id in its one form: a number if that is exact, else a bigint.
 *
 * @param id may also be decimal text, as ids are kept elsewhere
 * @throws {TypeError} if it is no integer from 0 to 2^63 - 1, or a number that may have been rounded
 */
export function toJanusId(id: JanusId | string): JanusId {
  if (typeof id === "number") {
    if (Number.isSafeInteger(id) && id >= 0) return id;
    if (Number.isInteger(id) && id >= 0) {
      throw new TypeError(`Cannot take ${id} for an id: above 2^53 use a bigint, such as ${id}n`);
    }
  } else if (typeof id === "bigint" || /^\d{1,19}$/.test(id)) {
    const exact = BigInt(id);
    if (exact >= 0n && exact <= MAX_ID) {
      return exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
    }
  }
  throw new TypeError(`Cannot take ${String(id)} for an id: it is no integer from 0 to 2^63 - 1`);
}
