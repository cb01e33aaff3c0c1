/** TCP ports of this machine: which are taken, by whom, and which are free. */
import { sleep } from "./waiting.ts";
import { processes, type ProcessName } from "./processes.ts";

/** A listening TCP socket. */
export interface Listener {
  readonly port: number;
  /** The socket's inode, by which `/proc/<pid>/fd` names it. */
  readonly inode: string;
}

/** The listeners in the text of `/proc/net/tcp` or `/proc/net/tcp6`. */
export function parseProcNetTcp(text: string): Listener[] {
  const listeners: Listener[] = [];
  for (const line of text.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const port = fields[1]?.split(":")[1];
    // 0A is TCP_LISTEN in the kernel's include/net/tcp_states.h.
    if (port === undefined || fields[3] !== "0A") continue;
    listeners.push({ port: parseInt(port, 16), inode: fields[9] ?? "0" });
  }
  return listeners;
}

/** Every TCP socket of this machine that listens, IPv4 and IPv6. Empty without `/proc`. */
export async function listeners(): Promise<Listener[]> {
  const found: Listener[] = [];
  for (const name of ["tcp", "tcp6"]) {
    const text = await Deno.readTextFile(`/proc/net/${name}`).catch(() => "");
    found.push(...parseProcNetTcp(text));
  }
  return found;
}

/** The processes that hold these sockets, by inode, as far as this user may see them. */
export async function socketOwners(
  inodes: ReadonlySet<string>,
): Promise<Map<string, ProcessName>> {
  const owners = new Map<string, ProcessName>();
  if (inodes.size === 0) return owners;
  for (const process of await processes()) {
    const folder = `/proc/${process.pid}/fd`;
    try {
      for await (const entry of Deno.readDir(folder)) {
        const target = await Deno.readLink(`${folder}/${entry.name}`).catch(() => "");
        const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
        if (inode !== undefined && inodes.has(inode)) owners.set(inode, process);
      }
    } catch {
      // Another user's process, or one that has just ended.
    }
  }
  return owners;
}

/** Below the ports that systems give to sockets that ask for none: a client cannot take one. */
const CHOICE = { first: 20_000, count: 10_000 };

/** Names a variable of the environment: "first,count" of the ports to choose from. */
export const PORTS_VARIABLE = "JANUS_ZEROMQ_FREE_PORTS";

/**
 * One of some equal parts of the ports, for the environment: a port is free until it is bound, so two who
 * choose at the same time might choose the same.
 */
export function partOfPorts(part: number, parts: number): Record<string, string> {
  const count = Math.floor(CHOICE.count / parts);
  return { [PORTS_VARIABLE]: `${CHOICE.first + part * count},${count}` };
}

/** `count` TCP ports on loopback that nobody uses now, each a different one, chosen at random. */
export function freePorts(count: number): number[] {
  const [first = CHOICE.first, most = CHOICE.count] =
    Deno.env.get(PORTS_VARIABLE)?.split(",").map(Number) ?? [];
  const held: Deno.Listener[] = [];
  try {
    const ports: number[] = [];
    for (let tries = 0; ports.length < count; tries++) {
      const port = first + Math.floor(Math.random() * most);
      try {
        held.push(Deno.listen({ hostname: "127.0.0.1", port }));
        ports.push(port);
      } catch (error) {
        if (!(error instanceof Deno.errors.AddrInUse) || tries > 1000) throw error;
      }
    }
    return ports;
  } finally {
    for (const listener of held) listener.close();
  }
}

/** Waits until a port on loopback is listened on. @throws {Error} after `ms`, naming `what` */
export async function untilListening(port: number, ms: number, what: string): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (performance.now() > end) {
        const message = `Cannot start ${what}: nothing listens on 127.0.0.1:${port}`;
        throw new Error(message, { cause: error });
      }
      await sleep(20);
    }
  }
}
