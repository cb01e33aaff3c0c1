/** Running programs in tests of packages. */
import { assert } from "../../../assert.ts";

/** How a program ended, and all that it said. */
export interface Ended {
  readonly code: number;
  readonly text: string;
}

/** Runs a program, with what it reads. */
export async function tryRun(
  command: string,
  args: readonly string[],
  input = "",
  options: { readonly cwd?: string } = {},
): Promise<Ended> {
  const child = new Deno.Command(command, {
    args: [...args],
    ...options,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // It may end without having read.
  const written = writer.write(new TextEncoder().encode(input)).then(() => writer.close());
  const [output] = await Promise.all([child.output(), written.catch(() => {})]);
  const decoder = new TextDecoder();
  return {
    code: output.code,
    text: decoder.decode(output.stdout) + decoder.decode(output.stderr),
  };
}

/** What a program that succeeds says. */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  const { code, text } = await tryRun(command, args, "", options);
  assert(code === 0, `${command} ${args.join(" ")}: exit code ${code}\n${text}`);
  return text;
}
