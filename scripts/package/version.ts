/** What a package's name and times follow from. */
import { PROJECT_ROOT } from "../lib/project.ts";
import { capture } from "../lib/run.ts";
import { PackageError } from "./error.ts";

/** A package's version, and when and by whom it was made. */
export interface Release {
  /** As in `deno.json`. */
  readonly version: string;
  /** The same for dpkg, to which a "-" begins a revision and "~" comes before everything. */
  readonly debian_version: string;
  /** Seconds since 1970: the time of every file in it. */
  readonly epoch: number;
  /** `Name <address>`. */
  readonly maintainer: string;
}

/**
 * The version of `deno.json`; the time of `SOURCE_DATE_EPOCH`, or else of the last commit, and the
 * maintainer of `DEBFULLNAME` and `DEBEMAIL`, or else the commit's author.
 *
 * @throws {PackageError} where nothing says it
 */
export async function readRelease(root: string = PROJECT_ROOT): Promise<Release> {
  const { version } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  return {
    version,
    debian_version: version.replace("-", "~"),
    epoch: await readEpoch(root),
    maintainer: await readMaintainer(root),
  };
}

async function readEpoch(root: string): Promise<number> {
  const said = Deno.env.get("SOURCE_DATE_EPOCH") ?? await lastCommit(root, "%ct");
  if (/^\d{1,12}$/.test(said ?? "")) return Number(said);
  throw new PackageError(
    said === undefined
      ? "Cannot tell the time of the package: this is no git repository. Set SOURCE_DATE_EPOCH" +
        " (seconds since 1970)"
      : `SOURCE_DATE_EPOCH must be seconds since 1970, not "${said}"`,
  );
}

async function readMaintainer(root: string): Promise<string> {
  const [name, address] = [Deno.env.get("DEBFULLNAME"), Deno.env.get("DEBEMAIL")];
  const said = name && address ? `${name} <${address}>` : await lastCommit(root, "%an <%ae>");
  if (said !== undefined) return said;
  throw new PackageError(
    "Cannot tell who maintains the package: this is no git repository. Set DEBFULLNAME and DEBEMAIL",
  );
}

async function lastCommit(root: string, format: string): Promise<string | undefined> {
  const output = await capture("git", ["log", "-1", `--format=${format}`], { cwd: root });
  return output?.code === 0 && output.stdout !== "" ? output.stdout.trim() : undefined;
}
