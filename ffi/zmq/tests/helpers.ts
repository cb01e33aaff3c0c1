/**
 * What the ZeroMQ tests share: addresses nobody else has, peers in C, Python and Node.
 *
 * @module
 */

/** The path of a `file:` URL. */
function fromFileUrl(url: URL): string {
  return decodeURIComponent(url.pathname);
}

export const ROOT = fromFileUrl(new URL("../../../", import.meta.url));
export const PACKAGE = fromFileUrl(new URL("../", import.meta.url));
export const MOD = new URL("../mod.ts", import.meta.url).href;

export type Transport = "tcp" | "ipc" | "inproc";
export const TRANSPORTS: readonly Transport[] = ["tcp", "ipc", "inproc"];

let count = 0;

/** An address to bind to that is free. */
export function freeAddress(transport: Transport): string {
  const name = `janus-zeromq-test-${Deno.pid}-${++count}`;
  switch (transport) {
    case "tcp":
      return "tcp://127.0.0.1:*";
    case "ipc":
      return `ipc://${Deno.env.get("TMPDIR") ?? "/tmp"}/${name}`;
    case "inproc":
      return `inproc://${name}`;
  }
}

/** Declares a test that fails instead of hanging. */
export function test(name: string, run: () => Promise<void>, limit: number = 10_000): void {
  Deno.test(name, () => within(limit, run()));
}

/** Declares a test once per transport. */
export function testEach(name: string, run: (address: string) => Promise<void>): void {
  for (const transport of TRANSPORTS) {
    test(`${name} over ${transport}`, () => run(freeAddress(transport)));
  }
}

/** Fails instead of hanging. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Nothing happened for ${milliseconds} ms`)),
    milliseconds,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

/** Runs a program to its end, with a limit on its time (code 124 then, as `timeout` has it). */
export async function run(
  command: string,
  args: string[],
  options: { env?: Record<string, string>; limit?: number; cwd?: string } = {},
): Promise<Finished> {
  const { limit = 15_000, ...rest } = options;
  const started = performance.now();
  const child = new Deno.Command(command, {
    ...rest,
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    child.kill("SIGKILL");
  }, limit);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  return {
    code: expired ? 124 : code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
    milliseconds: performance.now() - started,
  };
}

/** Runs TypeScript in a Deno of its own; `zmq` is imported already. */
export function runDeno(
  source: string,
  flags: string[] = ["--allow-ffi"],
  env: Record<string, string> = {},
  limit?: number,
): Promise<Finished> {
  const program = `import * as zmq from ${JSON.stringify(MOD)};\n${source}`;
  const url = `data:application/typescript;base64,${btoa(program)}`;
  return run(Deno.execPath(), ["run", "--no-prompt", "--no-check", ...flags, url], {
    env: { NO_COLOR: "1", ...env },
    cwd: ROOT,
    ...(limit === undefined ? {} : { limit }),
  });
}

const built = new Map<string, Promise<string>>();

/** Compiles a C program of this folder that uses libzmq; returns the executable. */
export function buildPeer(name: string, flags: string[] = ["-lzmq"], suffix = ""): Promise<string> {
  let executable = built.get(name);
  if (!executable) built.set(name, executable = compile(name, flags, suffix));
  return executable;
}

async function compile(name: string, flags: string[], suffix: string): Promise<string> {
  const folder = `${ROOT}build/tests`;
  await Deno.mkdir(folder, { recursive: true });
  // A name of its own: two test processes may build at a time.
  const executable = `${folder}/${name}-${Deno.pid}${suffix}`;
  const source = fromFileUrl(new URL(`./peers/${name}.c`, import.meta.url));
  const { code, stderr } = await run("cc", ["-O2", "-Wall", "-o", executable, source, ...flags]);
  if (code !== 0) throw new Error(`Cannot compile ${source}: ${stderr}`);
  globalThis.addEventListener("unload", () => Deno.removeSync(executable));
  return executable;
}

let npmFolder: Promise<string> | undefined;

/** A folder in which Node finds npm's `zeromq`; installed on first use, kept in `.deno/`. */
export function npmZeromq(): Promise<string> {
  return npmFolder ??= installNpmZeromq();
}

async function installNpmZeromq(): Promise<string> {
  const folder = `${ROOT}.deno/npm-zeromq-6.8.0`;
  try {
    await Deno.stat(`${folder}/node_modules/zeromq/package.json`);
    return folder;
  } catch {
    await Deno.mkdir(folder, { recursive: true });
  }
  await Deno.writeTextFile(`${folder}/package.json`, '{"private":true,"type":"module"}');
  const args = ["install", "--silent", "--no-audit", "--no-fund", "zeromq@6.8.0"];
  const { code, stderr } = await run("npm", args, { cwd: folder, limit: 120_000 });
  if (code !== 0) throw new Error(`Cannot install npm's zeromq: ${stderr}`);
  return folder;
}

/** Starts a program in the background and returns a handle that ends it. */
export function start(command: string, args: string[], cwd?: string): Deno.ChildProcess {
  return new Deno.Command(command, {
    args,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}
