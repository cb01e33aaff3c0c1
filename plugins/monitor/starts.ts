/** When Janus started: events tell of it, and so does `info` of both plugins. @module */

import type { PluginLabel } from "./plugin_info.ts";

/** What tells of a start within this time (ms) tells of the same one. */
const ONE_START_MS = 2000;

/** Counts each start once, whoever tells of it first. */
export class Starts {
  /** When Janus began (ms): by its own clock, else when events told of it. Null if it is not known. */
  began: number | null = null;
  /** How often it began while it was watched. */
  restarts = 0;
  /** When events told of the last one (ms). */
  #toldAt = -Infinity;
  /** When this Janus began each plugin, as far as `info` has told. */
  readonly #plugins = new Map<PluginLabel, number>();
  /** Info has told of a start that events have not told of. */
  #ahead = false;

  /** `info` can tell one Janus from another. */
  get certain(): boolean {
    return this.#plugins.size > 0;
  }

  /**
   * Events tell of a start.
   *
   * @param watched false if this is the first that is heard of Janus
   * @returns true if that is news
   */
  byEvents(now: number, watched: boolean): boolean {
    const known = this.#ahead || now - this.#toldAt < ONE_START_MS;
    this.#ahead = false;
    if (known) return false;
    this.#toldAt = now;
    this.began = now;
    this.#plugins.clear();
    if (watched) this.restarts++;
    return true;
  }

  /** `info` tells when Janus began a plugin. @returns true if it is another Janus than before */
  byInfo(plugin: PluginLabel, began: number): boolean {
    const before = this.#plugins.get(plugin);
    if (before === began) return false;
    // The other plugin was that Janus's, too.
    if (before !== undefined) this.#plugins.clear();
    if (this.#plugins.size === 0) this.began = began;
    this.#plugins.set(plugin, began);
    if (before === undefined) return false;
    this.restarts++;
    this.#ahead = true;
    return true;
  }
}
