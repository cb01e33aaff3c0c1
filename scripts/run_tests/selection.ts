/** Which tests there are, and which may run beside others. */

/** The words for {@linkcode Selection}. */
export const SELECTIONS = ["unit", "janus", "all"] as const;

/** Which tests to run: `unit` needs no Janus, `janus` is end to end. */
export type Selection = (typeof SELECTIONS)[number];

/** Files whose examples are run. */
const DOCUMENTED = /^(mod\.ts|ffi\/zmq\/[^/]+\.ts|plugins\/(client|sdk)\/[^/]+\.ts)$/;
const TEST_FILE = /^(tests\/(?!data\/)|ffi\/zmq\/tests\/).*(_test|\.test)\.m?ts$/;
const END_TO_END = /^tests\/(janus\/|attack\/|conf\/(container|hardened))/;

/** Divides files (paths below the project's folder) into what `deno test` is to run. */
export function selectTests(
  paths: readonly string[],
  selection: Selection,
): { readonly tests: readonly string[]; readonly documented: readonly string[] } {
  const tests = paths.filter((path) =>
    TEST_FILE.test(path) &&
    (selection === "all" || END_TO_END.test(path) === (selection === "janus"))
  );
  const documented = selection === "janus" ? [] : paths.filter((path) => DOCUMENTED.test(path));
  return { tests, documented };
}

/** Tests that need the machine for themselves, and why. */
export const ALONE: readonly (readonly [path: RegExp, why: string])[] = [
  [/^tests\/plugins\/events\/pub\//, "whether libzmq's thread keeps up while the test looks away"],
  [/^tests\/attack\/time_test/, "how long others wait for a reply during an attack"],
  [/^tests\/attack\/memory_test/, "memory, which grows where the loop gets no time"],
  [/^tests\/(attack|plugins\/host\/security)\/passwords_test/, "the time that a password takes"],
  [/^tests\/janus\/private_janus_test/, "the second signal, which must come after Janus's start"],
  [/^tests\/janus\/valgrind_test/, "a Janus that is many times as slow as it is"],
];

/** True if a test measures what others at the same time would change. */
export function runsAlone(path: string): boolean {
  return ALONE.some(([pattern]) => pattern.test(path));
}

/** True if a test runs a Janus of its own. */
export function needsJanus(path: string): boolean {
  return END_TO_END.test(path);
}
