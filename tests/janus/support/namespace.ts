/**
 * A network of a test's own: a namespace whose one interface leads nowhere. Janus makes no call over
 * loopback, and tests send nothing out of the machine.
 */
import { capture } from "../../../scripts/lib/run.ts";

/** The only address in such a network but for loopback. */
export const ADDRESS = "10.99.0.1";

/** How to make a network, and how to run something else in it. */
export interface PrivateNetwork {
  /** A command that runs the command behind it in a new network; its process id stays. */
  readonly wrapper: readonly string[];
  /** A command that runs the command behind it in the network of a process. */
  enter(pid: number): string[];
}

const SET_UP = `set -e
PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
ip link add here type veth peer name there
ip address add ${ADDRESS}/24 dev here
ip link set here up
ip link set there up
exec "$@"`;

let found: Promise<PrivateNetwork> | undefined;

/**
 * Finds out how networks are made here: by root, or by anybody who may be root in a user namespace.
 *
 * @throws {Error} saying what is missing
 */
export function privateNetwork(): Promise<PrivateNetwork> {
  return found ??= findNetwork();
}

/** Does that anew. @param run what tries a command */
export async function findNetwork(run: typeof capture = capture): Promise<PrivateNetwork> {
  const problems: string[] = [];
  for (const way of ["--net", "--map-root-user --net"]) {
    const options = way.split(" ");
    const wrapper = ["unshare", ...options, "--", "sh", "-c", SET_UP, "sh"];
    const [command = "", ...args] = [...wrapper, "true"];
    const tried = await run(command, args);
    if (tried?.code === 0) return { wrapper, enter: (pid) => enter(pid, options.length > 1) };
    const reason = tried === undefined ? "there is no such program" : tried.stderr.trim();
    problems.push(`unshare ${way}: ${reason}`);
  }
  throw new Error(
    "Cannot make a network namespace for calls; it takes root or user namespaces, and `unshare`" +
      ` (util-linux) and \`ip\` (iproute2).\n${problems.join("\n")}`,
  );
}

function enter(pid: number, user: boolean): string[] {
  const more = user ? ["--user", "--preserve-credentials"] : [];
  return ["nsenter", `--target=${pid}`, "--net", ...more, "--"];
}
