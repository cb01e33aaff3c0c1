/** What `doctor` says of the ports that the plugins and the monitor use. */
import { listeners, socketOwners } from "../lib/ports.ts";
import { commandLine, type ProcessName, processName } from "../lib/processes.ts";
import { DEFAULT_PORTS } from "../lib/project.ts";
import type { Finding } from "./finding.ts";

/** Looks at ports; those of the project's own programs are as they should be. */
export async function ports(known = DEFAULT_PORTS): Promise<Finding[]> {
  const taken = (await listeners()).filter((one) => known.some(({ port }) => port === one.port));
  const owners = await socketOwners(new Set(taken.map((one) => one.inode)));
  return await Promise.all(known.map(async ({ port, use }): Promise<Finding> => {
    const about = { group: "Ports", name: `${port} (${use})` } as const;
    const listener = taken.find((one) => one.port === port);
    if (listener === undefined) return { ...about, status: "ok", detail: "free" };
    const owner = owners.get(listener.inode);
    if (owner === undefined) {
      return {
        ...about,
        status: "warning",
        detail: "in use by a process that this user may not see",
      };
    }
    const parent = await processName(owner.parent);
    const detail = describe(owner, parent);
    return await isOurs(owner, parent)
      ? { ...about, status: "ok", detail: `${detail}: our own` }
      : { ...about, status: "warning", detail: `in use by ${detail}` };
  }));
}

function describe({ command, pid }: ProcessName, parent: ProcessName | undefined): string {
  const below = parent?.command === "janus" ? `, started by janus (pid ${parent.pid})` : "";
  return `${command} (pid ${pid})${below}`;
}

/** Whether it is the process of a plugin, which runs its program from a descriptor, or the monitor. */
async function isOurs({ pid }: ProcessName, parent: ProcessName | undefined): Promise<boolean> {
  const words = await commandLine(pid);
  if (words.some((word) => word.endsWith("scripts/monitor/main.ts"))) return true;
  return parent?.command === "janus" && words.some((word) => /^\/proc\/self\/fd\/\d+$/.test(word));
}
