/** Bytes in words. */

const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** Such as `3.0 KiB`. */
export function size(bytes: number): string {
  if (bytes === 0) return "0 bytes";
  const power = Math.min(UNITS.length, Math.max(1, Math.floor(Math.log2(bytes) / 10)));
  return `${(bytes / 2 ** (10 * power)).toFixed(1)} ${UNITS[power - 1]}`;
}
