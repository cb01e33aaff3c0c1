/** Numbers that many measurements come down to. */

/**
 * The value below which a share of the numbers lie, interpolated between neighbours.
 *
 * @param share 0 to 1; 0.5 is the median
 * @throws {RangeError} when there are no numbers
 */
export function quantile(numbers: readonly number[], share: number): number {
  if (numbers.length === 0) throw new RangeError("Cannot take a quantile: there are no numbers");
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  const high = sorted[Math.ceil(at)]!;
  return low + (high - low) * (at - Math.floor(at));
}

/** The number in the middle. @throws {RangeError} when there are none */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/**
 * The median of the ratios of numbers measured in the same rounds. What slows a whole round down
 * cancels out, which a ratio of two medians can't promise.
 *
 * @throws {RangeError} when there are none, or not equally many
 */
export function medianRatio(numbers: readonly number[], others: readonly number[]): number {
  if (numbers.length !== others.length) {
    throw new RangeError(`Cannot pair ${numbers.length} numbers with ${others.length}`);
  }
  return median(numbers.map((number, round) => number / others[round]!));
}
