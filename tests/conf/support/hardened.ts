/** Runs a Janus under the settings of a unit, where there is no systemd that would. */
import { CallGroups } from "../../../scripts/lib/system_calls.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { capture } from "../../../scripts/lib/run.ts";
import {
  type Choice,
  readChoice,
  readUnits,
  type ServiceSettings,
} from "../../../scripts/lib/units.ts";
import { assert, assertEquals } from "../../assert.ts";

/** Where the units are. */
export const SYSTEMD = `${PROJECT_ROOT}/conf/systemd`;

/** Nobody's number, of a user who owns nothing. */
const USER = "65534";

/** A file of conf/systemd as it is. */
export async function settingsOf(file: string): Promise<ServiceSettings> {
  return readUnits([await Deno.readTextFile(`${SYSTEMD}/${file}`)]);
}

/** Names with commas, of those that are let through. @param without what is taken out for a trial */
function listed(choice: Choice | undefined, without: readonly string[]): string {
  assert(choice?.allowed === true, "it is no list of what is allowed");
  return [...choice.names].filter((name) => !without.includes(name)).join(",");
}

/** A folder that is all that Janus may write, and how to start it there. */
export class Hardened implements AsyncDisposable {
  readonly folder: string;
  readonly wrapper: readonly string[];
  /** What of it any user may do, without the rest. */
  readonly filters: readonly string[];
  /** Whether all of it holds, or what a user who is not root may do: the filters of system calls. */
  readonly complete: boolean;

  private constructor(
    folder: string,
    service: readonly string[],
    filters: readonly string[],
    complete: boolean,
  ) {
    this.folder = folder;
    this.wrapper = [...service, ...filters];
    this.filters = filters;
    this.complete = complete;
  }

  /** @param without system calls and address families that are taken out */
  static async make(file: string, without: readonly string[] = []): Promise<Hardened> {
    const complete = Deno.uid() === 0;
    // Not where private folders for temporary files and homes are.
    const folder = await Deno.makeTempDir({
      ...complete ? { dir: "/run" } : {},
      prefix: "service-",
    });
    const settings = await settingsOf(file);
    const groups = await CallGroups.read();
    assert(groups !== undefined, "there is no systemd-analyze");
    await Deno.chmod(folder, 0o755);
    await compile(`${folder}/restrict`);
    for (const kind of ["transports", "events"]) {
      await Deno.mkdir(`${folder}/build/${kind}`, { recursive: true });
      for await (const { name } of Deno.readDir(`${PROJECT_ROOT}/build/${kind}`)) {
        if (!name.endsWith(".so")) continue;
        await Deno.copyFile(
          `${PROJECT_ROOT}/build/${kind}/${name}`,
          `${folder}/build/${kind}/${name}`,
        );
      }
    }
    await (complete
      ? Deno.writeTextFile(`${folder}/deno`, "")
      : Deno.symlink(Deno.execPath(), `${folder}/deno`));
    const restrict = [
      `${folder}/restrict`,
      listed(groups.choice(settings.get("SystemCallFilter") ?? []), without),
      listed(readChoice(settings.get("RestrictAddressFamilies") ?? []), without),
    ];
    const service = `${PROJECT_ROOT}/tests/conf/support/service.sh`;
    const outer = complete
      ? ["unshare", "--mount", "--ipc", "--", "sh", service, folder, Deno.execPath(), USER]
      : [];
    return new Hardened(folder, outer, restrict, complete);
  }

  /** What the plugins are told of it. */
  get settings() {
    const own = { runtime: { deno: `${this.folder}/deno` } };
    return { transport: own, event_handler: own };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function compile(path: string): Promise<void> {
  const source = `${PROJECT_ROOT}/tests/conf/support/restrict.c`;
  const flags = ["-std=c11", "-Wall", "-Wextra", "-Werror"];
  const output = await capture("cc", [...flags, source, "-lseccomp", "-o", path]);
  assertEquals(output?.code, 0, output?.stderr);
}
