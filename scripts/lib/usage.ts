/** Command lines that are not as they should be. */

/** Thrown for what is wrong with a command line. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** What `parse` gives. @throws {UsageError} for whatever it throws, with the usage behind it */
export function withUsage<T>(usage: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}
