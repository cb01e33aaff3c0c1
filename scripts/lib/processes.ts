/** The processes of this machine. */

/** A process as people would name it. */
export interface ProcessName {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Name and parent of a process, `undefined` if it is gone. */
export async function processName(pid: number): Promise<ProcessName | undefined> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  // The name may hold spaces and parentheses: it ends at the last one.
  const match = /^\d+ \((.*)\) \S (\d+)/s.exec(stat ?? "");
  if (match === null) return undefined;
  return { pid, parent: Number(match[2]), command: match[1] ?? "" };
}

/** The words that a process was started with; none if it is gone, or may not be seen. */
export async function commandLine(pid: number): Promise<string[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  return text.split("\0").slice(0, -1);
}

/** Every process that runs now. */
export async function processes(): Promise<ProcessName[]> {
  const found: ProcessName[] = [];
  try {
    for await (const entry of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(entry.name)) continue;
      const name = await processName(Number(entry.name));
      if (name !== undefined) found.push(name);
    }
  } catch {
    // No /proc here.
  }
  return found;
}
