/** Running other programs. */

/** How a program ended and what it said. */
export interface Captured {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@linkcode capture}. */
export interface CaptureOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Milliseconds until the program is killed; 20,000 unless told. */
  readonly timeout?: number;
}

/** Runs a program without stdin; `undefined` if there is no such program. */
export async function capture(
  command: string,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Captured | undefined> {
  try {
    const output = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      signal: AbortSignal.timeout(options.timeout ?? 20_000),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
    }).output();
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return undefined;
    }
    throw error;
  }
}

/** Runs a program on this terminal and returns its exit code. The signal ends it. */
export async function runVisibly(
  command: string,
  args: readonly string[],
  cwd: string,
  options: { readonly env?: Record<string, string>; readonly signal?: AbortSignal } = {},
): Promise<number> {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
    ...options,
  }).spawn();
  return (await child.status).code;
}

/** True if `path` is a file (after links) that somebody may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    const info = await Deno.stat(path);
    return info.isFile && ((info.mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

/** The first executable called `name` in the folders of `path` (colon separated). */
export async function findExecutable(
  name: string,
  path: string = Deno.env.get("PATH") ?? "",
): Promise<string | undefined> {
  for (const folder of path.split(":")) {
    if (folder === "") continue;
    const candidate = `${folder.replace(/\/$/, "")}/${name}`;
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** True if something stands at `path`, a dangling link included. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // A file where a folder should be: nothing can stand below it.
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
