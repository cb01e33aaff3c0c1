/** What a filter or a hook under test writes to the log. @module */
import type { ModuleLog } from "./event_filter.ts";

/** A line that a filter or a hook under test wrote to the log. */
export interface LoggedLine {
  /** How important it is. */
  readonly level: "error" | "warning" | "info" | "verbose";
  /** What it says. */
  readonly text: string;
}

/** A log that keeps its lines. */
export function recordingLog(lines: LoggedLine[]): ModuleLog {
  const keep = (level: LoggedLine["level"]) => (text: string) => void lines.push({ level, text });
  return {
    error: keep("error"),
    warning: keep("warning"),
    info: keep("info"),
    verbose: keep("verbose"),
  };
}

/** Undoes what was set up, in reverse order. @throws the first error of a teardown, after all */
export async function tearDown(
  modules: readonly { teardown?(): void | Promise<void> }[],
): Promise<void> {
  const errors: unknown[] = [];
  for (const module of modules.toReversed()) {
    try {
      await module.teardown?.();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
