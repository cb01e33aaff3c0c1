/** Janus's log levels, and what the plugins' parts log through. @module */

/** Levels as Janus's `debug.h` numbers them. */
export const LogLevel = { error: 2, warning: 3, info: 4, verbose: 5, huge: 6 } as const;

/** Lines for Janus's log; the plugin's name is put before each. */
export interface Log {
  /** Something does not work. */
  error(text: string): void;
  /** Something works, but not as it should. */
  warning(text: string): void;
  /** What an operator wants to know of a day without trouble. */
  info(text: string): void;
  /** What helps to find a fault (`debug_level = 5`). */
  verbose(text: string): void;
}
