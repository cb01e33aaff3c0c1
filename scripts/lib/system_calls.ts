/** systemd's groups of system calls, such as @system-service. */
import { capture } from "./run.ts";
import { type Choice, readChoice } from "./units.ts";

/** The system calls of groups, those of the groups in them included. */
export class CallGroups {
  readonly #groups: ReadonlyMap<string, readonly string[]>;

  private constructor(groups: ReadonlyMap<string, readonly string[]>) {
    this.#groups = groups;
  }

  /** As this machine's systemd has them, whether it runs or not; undefined where there is none. */
  static async read(): Promise<CallGroups | undefined> {
    const output = await capture("systemd-analyze", ["syscall-filter", "--no-pager"]);
    return output?.code === 0 ? CallGroups.parse(output.stdout) : undefined;
  }

  /** Reads what `systemd-analyze syscall-filter` says. */
  static parse(text: string): CallGroups {
    const groups = new Map<string, string[]>();
    let members: string[] = [];
    for (const line of text.split("\n")) {
      if (/^@\S+$/.test(line)) groups.set(line, members = []);
      else if (/^\s+[^\s#]/.test(line)) members.push(line.trim());
      else if (/^\S/.test(line)) members = [];
    }
    return new CallGroups(groups);
  }

  /** What `SystemCallFilter=` lets through. */
  choice(lines: readonly string[]): Choice | undefined {
    // Those without which no program runs come with each list of what is allowed.
    const implied = lines.length === 0 || lines[0]!.startsWith("~") ? [] : ["@default"];
    return readChoice([...implied, ...lines], this.#expand);
  }

  /** The calls of a group; a call's name stands for itself. */
  readonly #expand = (name: string): readonly string[] =>
    name.startsWith("@")
      ? (this.#groups.get(name) ?? []).flatMap((member) => this.#expand(member))
      : [name];
}
