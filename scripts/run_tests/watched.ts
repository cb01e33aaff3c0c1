/** Running a program that may hang or crash, so that neither it nor what it started outlives its bound. */
import { processes } from "../lib/processes.ts";
import { sleep, within } from "../lib/waiting.ts";

/** How a watched program ended. */
export interface Watched {
  readonly code: number;
  /** All that it wrote, to stdout and stderr. */
  readonly text: string;
  /** Why it was ended, if it didn't end by itself. */
  readonly ended?: string;
}

/** Options of {@linkcode runWatched}. */
export interface WatchOptions {
  readonly cwd: string;
  /** Its TMPDIR, by which what it starts is known: no other program may have it. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds without progress after which it is ended. */
  readonly patience: number;
  /** What a line that shows progress looks like; any, unless told. */
  readonly progress?: RegExp;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Takes what it writes, as it comes. */
  readonly write: (text: string) => void;
}

/** No run of tests says so much (characters); an endless loop does, and fills the memory. */
const TOO_MUCH = 32 << 20;

/** Milliseconds for those who are interrupted to tidy up. */
const GRACE = 3000;

/** Runs a program and ends all that it started, whichever way it ends. */
export async function runWatched(
  command: string,
  args: readonly string[],
  options: WatchOptions,
): Promise<Watched> {
  const { cwd, folder, env, patience, progress, signal, write } = options;
  // One pipe for both keeps the order of what it writes.
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$@" 2>&1', "sh", command, ...args],
    cwd,
    env: { ...env, TMPDIR: folder },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const stop = Promise.withResolvers<string>();
  const interrupt = () => stop.resolve("Interrupted");
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  const late = () => stop.resolve(`no progress for ${Math.round(patience / 1000)} s`);
  let timer = setTimeout(late, patience);
  let text = "", line = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      text += next.value;
      write(next.value);
      // The line that is not complete yet may be, with what comes next.
      line = (line + next.value).slice(-Math.max(4096, next.value.length));
      if (progress === undefined || progress.test(line)) {
        clearTimeout(timer);
        timer = setTimeout(late, patience);
        line = "";
      }
      if (text.length > TOO_MUCH) return stop.resolve("it writes without end");
    }
  };
  const done = read().catch((error) => stop.resolve(`its output cannot be shown (${error})`));
  try {
    const ended = await Promise.race([stop.promise, child.status.then(() => undefined)]);
    if (signal.aborted) await interruptAll(child, folder);
    await endAll(child, folder);
    const { code } = await child.status;
    // Somebody who hides may still hold the pipe.
    await within(done, 2000);
    return { code, text, ...(ended === undefined ? {} : { ended }) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", interrupt);
    await reader.cancel();
  }
}

/** Interrupts a program and what it has started, as a terminal does, and waits a while for their end. */
async function interruptAll(child: Deno.ChildProcess, folder: string): Promise<void> {
  for (const pid of await startedBy(child.pid, folder)) kill(pid, "SIGINT");
  const end = performance.now() + GRACE;
  while ((await startedBy(child.pid, folder)).length > 0 && performance.now() < end) {
    await sleep(50);
  }
}

/** Ends a program, if it still runs, and what it has started, over and over as more may come. */
async function endAll(child: Deno.ChildProcess, folder: string): Promise<void> {
  let root: number | undefined = child.pid;
  child.status.then(() => root = undefined);
  for (let round = 0; round < 100; round++) {
    const found = await startedBy(root, folder);
    if (found.length === 0) return;
    for (const pid of found) kill(pid, "SIGKILL");
    await sleep(20);
  }
}

/**
 * A program and those that it has started, as far as they run: its descendants, and who has its folder
 * in the environment, whoever its parent is now.
 */
async function startedBy(root: number | undefined, folder: string): Promise<number[]> {
  const all = await processes();
  const found = new Set<number>(root === undefined ? [] : [root]);
  // Sets are iterated with what is added meanwhile.
  for (const pid of found) {
    for (const one of all) if (one.parent === pid) found.add(one.pid);
  }
  const marked = await Promise.all(all.map(({ pid }) => hasTempFolder(pid, folder)));
  all.forEach(({ pid }, i) => marked[i] && found.add(pid));
  return [...found].filter(isRunning);
}

async function hasTempFolder(pid: number, folder: string): Promise<boolean> {
  const text = await Deno.readTextFile(`/proc/${pid}/environ`).catch(() => "");
  return text.split("\0").some((one) => `${one}/`.startsWith(`TMPDIR=${folder}/`));
}

/** False if it has ended, though nobody may have collected it. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
