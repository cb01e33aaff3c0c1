/** Event filters, as the publisher sees them: `EventFiltering` in `plugins/events/filtering.ts`. @module */
import { type EngineOptions, ModuleEngine } from "./engine.ts";

/** The filters. */
export class FilterEngine extends ModuleEngine {
  readonly #wanted = new Map<number, boolean>();

  constructor(options: EngineOptions) {
    super(options, {
      kind: "filter",
      section: "filters",
      item: "event",
      fate: options.config.on_error === "drop"
        ? "the event is dropped"
        : "the event passes unchanged",
      aside: "events go past it",
    });
  }

  /** True if a filter wants such events; before that is known, true. */
  wants(type: number, subtype: number): boolean {
    const key = type << 16 | subtype;
    let wanted = this.#wanted.get(key);
    if (wanted === undefined) {
      wanted = !this.crew.begun ||
        this.modules.some((module) =>
          module.working && !this.isOff(module) && module.wants(type, subtype)
        );
      this.#wanted.set(key, wanted);
    }
    return wanted;
  }

  protected override changed(): void {
    // Not there yet while the constructor of what it extends runs.
    if (#wanted in this) this.#wanted.clear();
    super.changed();
  }
}
