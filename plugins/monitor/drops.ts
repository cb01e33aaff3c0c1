/** Events that a plugin dropped: as `info` counts them, else as the messages about them tell. @module */
import { MOST_DROPPED } from "./plausible.ts";
import { type Drops, readDrops } from "./plugin_info.ts";
import type { ServerMetrics } from "./server_metrics.ts";

/** Counts them. */
export class DropTally {
  readonly #metrics: ServerMetrics;
  readonly #byCause = new Map<string, number>();
  /** `info` has all of them, since Janus began. */
  #hasInfo = false;

  constructor(metrics: ServerMetrics) {
    this.#metrics = metrics;
  }

  /** What a message on the topic `dropped` tells: those since the last one. */
  tell(dropped: unknown): void {
    if (this.#hasInfo) return;
    for (const [cause, types] of readDrops(dropped)) {
      for (const [type, count] of types) {
        if (!this.#canBe(count, MOST_DROPPED)) continue;
        this.#metrics.cell("janus_zeromq_dropped_total", cause, type).value += count;
        this.#byCause.set(cause, (this.#byCause.get(cause) ?? 0) + count);
      }
    }
  }

  /** What `info` tells: all of them. */
  set(drops: Drops): void {
    if (drops.size === 0) return;
    this.#hasInfo = true;
    this.#byCause.clear();
    for (const [cause, types] of drops) {
      let sum = 0;
      for (const [type, count] of types) {
        if (!this.#canBe(count, Number.MAX_SAFE_INTEGER)) continue;
        this.#metrics.cell("janus_zeromq_dropped_total", cause, type).value = count;
        sum += count;
      }
      this.#byCause.set(cause, sum);
    }
  }

  /** How many, by cause. */
  show(): Record<string, number> {
    return Object.fromEntries(this.#byCause);
  }

  #canBe(count: number, most: number): boolean {
    if (count >= 0 && count <= most) return true;
    this.#metrics.implausible.value++;
    return false;
  }
}
