/** How busy this machine's processor is, as Linux counts it. @module */

/** Reads `/proc/stat` now and then. */
export class CpuLoad {
  #before: readonly [busy: number, all: number] | null = null;
  #percent: number | null = null;

  /** @param text what the system counts now; undefined where it tells nothing */
  constructor(text: string | undefined) {
    this.tick(text);
  }

  /** Percent of all cores, smoothed over some seconds; null in the first second, and where it is not told. */
  get percent(): number | null {
    return this.#percent;
  }

  /** Once a second. */
  tick(text: string | undefined): void {
    const times = /^cpu +(.*)$/m.exec(text ?? "")?.[1]?.split(/ +/).map(Number) ?? [];
    if (times.length < 5) return;
    const all = times.slice(0, 8).reduce((sum, one) => sum + one, 0);
    const busy = all - times[3]! - times[4]!;
    if (this.#before !== null) {
      const [busyBefore, allBefore] = this.#before;
      const now = all > allBefore ? 100 * (busy - busyBefore) / (all - allBefore) : 0;
      this.#percent = this.#percent === null ? now : this.#percent * 0.8 + now * 0.2;
    }
    this.#before = [busy, all];
  }
}

/** The text; undefined where there is none. */
export function readCpuTimes(): string | undefined {
  try {
    return Deno.readTextFileSync("/proc/stat");
  } catch {
    return undefined;
  }
}
