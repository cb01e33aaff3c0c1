/** Running the programs that packages are made with. */
import { capture, type CaptureOptions } from "../lib/run.ts";
import { PackageError } from "./error.ts";

/** What a program prints. @throws {PackageError} if it is not there, or fails, with what it said */
export async function run(
  program: string,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<string> {
  const output = await capture(program, args, { timeout: 120_000, ...options });
  if (output === undefined) {
    throw new PackageError(`Cannot run ${program}: it is not installed. Install ${owner(program)}`);
  }
  if (output.code === 0) return output.stdout;
  throw new PackageError(`${program} failed:\n${(output.stderr || output.stdout).trim()}`);
}

/** The Debian package that brings a program. */
function owner(program: string): string {
  if (program === "aarch64-linux-gnu-gcc") return "gcc-aarch64-linux-gnu";
  if (program === "x86_64-linux-gnu-gcc") return "gcc-x86-64-linux-gnu";
  if (/(readelf|strip)$/.test(program)) return "binutils";
  return { "dpkg-deb": "dpkg", "apt-get": "apt" }[program] ?? program;
}
