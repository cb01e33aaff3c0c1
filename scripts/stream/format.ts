/** Bytes and times for people, and back. */
import { UsageError } from "../lib/command_line.ts";

const BYTES = [["TiB", 2 ** 40], ["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const;
const SECONDS = [["days", 86_400], ["h", 3600], ["min", 60]] as const;

/** Such as `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  return format(bytes, BYTES, "bytes");
}

/** Such as `7 days`. */
export function formatSeconds(seconds: number): string {
  return format(seconds, SECONDS, "s");
}

function format(
  number: number,
  units: readonly (readonly [unit: string, size: number])[],
  least: string,
): string {
  const [unit, size] = units.find(([, size]) => number >= size) ?? [least, 1];
  return `${Number((number / size).toFixed(1))} ${unit}`;
}

/** Understands `500`, `7d`, `12h`, `30min`. @returns seconds @throws {UsageError} */
export function parseSeconds(option: string, text: string): number {
  return parse(option, text, { s: 1, min: 60, h: 3600, d: 86_400 }, "7d, 12h, 30min or seconds");
}

/** Understands `500`, `10GiB`, `300MiB`. @returns bytes @throws {UsageError} */
export function parseBytes(option: string, text: string): number {
  return parse(option, text, Object.fromEntries(BYTES), "10GiB, 300MiB or bytes");
}

function parse(
  option: string,
  text: string,
  units: Readonly<Record<string, number>>,
  such: string,
): number {
  const [, digits = "", unit = ""] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  const size = unit === "" ? 1 : units[unit];
  const value = Number(digits) * (size ?? NaN);
  if (digits !== "" && Number.isSafeInteger(value)) return value;
  throw new UsageError(`${option} must be such as ${such} (0 is without a limit), not "${text}"`);
}
