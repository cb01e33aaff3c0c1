/** Installing what is missing of the system's packages, by the script that also runs without Deno. */
import { PROJECT_ROOT } from "./project.ts";

/** Thrown where packages are missing and can't be installed; the script has said why. */
export class SetupError extends Error {
  override name = "SetupError";
}

/** Installs packages for running the plugins, with NATS for the stream, or for the tests as well. @throws {SetupError} */
export async function setUpPackages(
  caller: string,
  purpose: "run" | "stream" | "test",
): Promise<void> {
  const { success } = await new Deno.Command("sh", {
    args: ["-euc", `. scripts/lib/setup.sh; setup_packages ${purpose}`],
    cwd: PROJECT_ROOT,
    env: { setup_name: caller, setup_root: PROJECT_ROOT },
    // sudo may ask for a password.
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) throw new SetupError("Not set up (see above)");
}
