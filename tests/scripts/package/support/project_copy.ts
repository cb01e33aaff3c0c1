/** A copy of the project elsewhere, in which packages are made. */
import { ARCHITECTURES, toolchainFor } from "../../../../scripts/package/architectures.ts";
import { denoFor } from "../../../../scripts/package/deno_program.ts";
import { PROJECT_ROOT } from "../../../../scripts/lib/project.ts";
import { assert } from "../../../assert.ts";
import { run } from "./run.ts";

/** What the process that makes packages finds around it. */
export interface Surroundings {
  readonly umask?: string;
  readonly env?: Record<string, string>;
}

/** The files that were made. */
export interface Made {
  readonly deb: string;
  readonly tarball: string;
}

/** The project's sources in another folder; Deno and its cache are shared. */
export class ProjectCopy implements AsyncDisposable {
  private constructor(
    private readonly temporary: string,
    readonly root: string,
    readonly architecture: string,
  ) {}

  /** @param architecture For which packages will be made: what has to be fetched is kept for later. */
  static async create(architecture: string, folder = "project"): Promise<ProjectCopy> {
    const wanted = ARCHITECTURES.find(({ name }) => name === architecture)!;
    await denoFor(wanted);
    await toolchainFor(wanted);
    const temporary = await Deno.makeTempDir({ prefix: "package-test-" });
    const root = `${temporary}/${folder}`;
    await Deno.mkdir(root, { recursive: true });
    for await (const { name } of Deno.readDir(PROJECT_ROOT)) {
      if (/^(\.git|\.deno|build|node_modules|core.*)$/.test(name)) continue;
      await run("cp", ["-r", "--preserve=mode", `${PROJECT_ROOT}/${name}`, root]);
    }
    await Deno.mkdir(`${root}/.deno`);
    for await (const { name } of Deno.readDir(`${PROJECT_ROOT}/.deno`)) {
      if (!/^(deno-.*|sysroot-.*)$/.test(name)) continue;
      await Deno.symlink(`${PROJECT_ROOT}/.deno/${name}`, `${root}/.deno/${name}`);
    }
    return new ProjectCopy(temporary, root, architecture);
  }

  /** Runs `deno task package` with little compression. */
  async make(
    { umask = "022", env = {} }: Surroundings = {},
  ): Promise<Made> {
    const line =
      `umask ${umask} && exec scripts/deno task package --fast --arch ${this.architecture}`;
    const output = await new Deno.Command("sh", {
      args: ["-c", line],
      cwd: this.root,
      env: {
        SOURCE_DATE_EPOCH: "1750000000",
        DEBFULLNAME: "Somebody",
        DEBEMAIL: "somebody@debian.org",
        DENO_DIR: `${PROJECT_ROOT}/.deno/cache`,
        ...env,
      },
    }).output();
    const text = new TextDecoder().decode(output.stdout);
    assert(output.success, text + new TextDecoder().decode(output.stderr));
    const path = (ending: string) => {
      const found = new RegExp(`^(/.*${ending}) \\(`, "m").exec(text)?.[1];
      assert(found !== undefined, text);
      return found;
    };
    return { deb: path("\\.deb"), tarball: path("\\.tar\\.gz") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.temporary, { recursive: true });
  }
}
