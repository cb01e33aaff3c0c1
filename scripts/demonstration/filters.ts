/** What filters make of the demonstration's events: before and after. */
import { pathToFileURL } from "node:url";
import { stringifyJson } from "../../plugins/janus/json.ts";
import type { FilterOutcome } from "../filter/messages.ts";
import { FilterProcess, FilterStoppedError } from "../filter/process.ts";
import { FilterReport } from "../filter/report.ts";
import { callerFolder } from "../lib/command_line.ts";
import { type Painter, shellWord } from "../lib/terminal.ts";
import { sleep } from "../lib/waiting.ts";
import { type Admin, askEventHandler } from "./admin.ts";
import type { JsonObject } from "./describe.ts";

/** Milliseconds for filters to load, on a busy machine, and then for one event, as in the plugin. */
const LOAD_MS = 15_000;
const EVENT_MS = 1_000;

/** Filters of a running Janus. */
interface FilterInfo {
  readonly name: string;
  readonly state: string;
}

/**
 * Switches the filters of the event handler off or on.
 *
 * @returns false if one is not to be had: the log says why
 */
export async function switchFilters(admin: Admin, on: boolean): Promise<boolean> {
  const end = performance.now() + LOAD_MS;
  for (;;) {
    const info = await askEventHandler(admin, { request: "info" });
    const filters = info.filters as readonly FilterInfo[];
    if (filters.every(({ state }) => state !== "loading")) {
      const loaded = filters.filter(({ name }) => name !== "");
      const names = Object.fromEntries(loaded.map(({ name }) => [name, on]));
      if (loaded.length > 0) await askEventHandler(admin, { request: "tweak", filters: names });
      return loaded.length === filters.length;
    }
    // The plugin's process says itself what takes so long.
    if (performance.now() > end) return false;
    await sleep(50);
  }
}

/** Gives the same events to filters again and again, each time that they are saved. */
export class FilterShow {
  readonly #paths: readonly string[];
  readonly #events: readonly string[];
  readonly #say: (line: string) => void;
  readonly #paint: Painter;

  constructor(
    paths: readonly string[],
    events: readonly JsonObject[],
    say: (line: string) => void,
    paint: Painter,
  ) {
    this.#paths = paths;
    this.#events = events.map((event) => stringifyJson(event));
    this.#say = say;
    this.#paint = paint;
  }

  /** Shows what the filters, as they are now, make of the events. */
  async show(): Promise<void> {
    const paint = this.#paint;
    const report = new FilterReport({ print: this.#say, paint, all: false, cwd: callerFolder() });
    this.#say(`\n${paint("bold", "What the filters make of these events:")}`);
    let wanted = 0;
    try {
      const filters = await FilterProcess.start({
        modules: this.#paths.map((path) => pathToFileURL(path).href),
        permissions: { net: [], read: [], env: [] },
        timeout: EVENT_MS,
        onLog: (filter, { level, text }) => report.log(filter, level, text),
      });
      try {
        report.begin(filters.filters);
        for (const text of this.#events) {
          const outcome: FilterOutcome = await filters.run(text);
          if (outcome.wanted) wanted++;
          report.add(text, outcome);
        }
        await filters.end();
      } finally {
        filters.stop();
      }
    } catch (error) {
      if (!(error instanceof FilterStoppedError)) throw error;
      this.#say(paint("red", error.message));
      return;
    }
    report.summary();
    if (wanted > 0) return;
    const words = this.#paths.map(shellWord).join(" ");
    this.#say(
      `There is none that they want. In calls there may be: scripts/deno task filter:try ${words}`,
    );
  }
}
