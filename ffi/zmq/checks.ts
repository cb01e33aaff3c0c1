/**
 * Checks of what public functions are given.
 *
 * @module
 */

/** @throws {TypeError} if there are more arguments than a constructor takes */
export function checkCount(given: number, most: number): void {
  if (given <= most) return;
  const plural = most === 1 ? "" : "s";
  throw new TypeError(`Expected ${most} argument${plural} but received ${given}`);
}

/** @throws {TypeError} if options are not an object */
export function checkOptions(options: unknown): void {
  if (typeof options === "object" && options !== null) return;
  throw new TypeError(`Options must be an object, not ${Deno.inspect(options)}`);
}

/** @throws {TypeError} if an address is no text */
export function checkAddress(address: unknown, action: string): void {
  if (typeof address === "string") return;
  throw new TypeError(`${action}: ${Deno.inspect(address)} is not an address`);
}
