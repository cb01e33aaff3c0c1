/** The log that a filter or hook is given. @module */
import type { ModuleLog } from "./event_filter.ts";

/** A log for modules, whatever they write. */
export function moduleLog(write: (level: keyof ModuleLog, text: string) => void): ModuleLog {
  const at = (level: keyof ModuleLog) => (text: unknown) => write(level, String(text));
  return { error: at("error"), warning: at("warning"), info: at("info"), verbose: at("verbose") };
}
