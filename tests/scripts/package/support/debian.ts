/** A Debian 12 of its own in a folder: fresh, without a network, made from what this machine's apt fetches. */
import { PROJECT_ROOT } from "../../../../scripts/lib/project.ts";
import { exists, findExecutable } from "../../../../scripts/lib/run.ts";
import { type Ended, run, tryRun } from "./run.ts";

const CODENAME = "bookworm";
/** What can be installed in it, as apt has fetched it together with what it depends on. */
const FETCHED = ["janus", "libzmq5", "libjansson4", "python3-zmq"];

/** Why no Debian can be made here; undefined if it can. */
export async function whyNoDebian(): Promise<string | undefined> {
  if (Deno.uid() !== 0) return "only root can make one";
  for (const program of ["mmdebstrap", "unshare", "ip", "apt-get"]) {
    if (await findExecutable(program) === undefined) return `${program} is not installed`;
  }
  const { code } = await tryRun("unshare", ["--mount", "--pid", "--net", "--fork", "true"]);
  if (code !== 0) return "namespaces are not allowed here";
  if ((await sources()) === "") return `this machine's apt has no lists of Debian's ${CODENAME}`;
  return undefined;
}

/** Where apt gets Debian from, in its own words. */
async function sources(): Promise<string> {
  const format = "$(CODENAME) deb $(SITE) $(RELEASE) $(COMPONENT)";
  const targets = ["Created-By: Packages", "Origin: Debian"];
  const { code, text } = await tryRun("apt-get", ["indextargets", "--format", format, ...targets]);
  if (code !== 0) return "";
  const lines = text.split("\n").filter((line) => line.startsWith(CODENAME));
  return [...new Set(lines.map((line) => `${line.replace(/^\S+ /, "")}\n`))].join("");
}

/** Runs the shell's script in namespaces of its own, with $1 as the root folder. */
const ENTER = `
mount --make-rprivate /
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/dev/shm"
ip link set lo up
exec chroot "$1" env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \\
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -euc "$2"
`;

/** A Debian. */
export class Debian implements AsyncDisposable {
  private constructor(readonly root: string) {}

  /** A fresh one. What it is unpacked from is made once, and kept in the project's `.deno/`. */
  static async create(): Promise<Debian> {
    const archive = `${PROJECT_ROOT}/.deno/debian-${CODENAME}.tar`;
    if (!await exists(archive)) await bootstrap(archive);
    const root = await Deno.makeTempDir({ prefix: "debian-" });
    await Deno.chmod(root, 0o755);
    await run("tar", ["--extract", "--file", archive, "--directory", root]);
    // It need not survive a power cut.
    await Deno.writeTextFile(`${root}/etc/dpkg/dpkg.cfg.d/tests`, "force-unsafe-io\n");
    return new Debian(root);
  }

  /** Runs a script in it, and all that it starts ends with it; `input` is what it reads. */
  try(script: string, input = ""): Promise<Ended> {
    const namespaces = ["--mount", "--pid", "--net", "--fork", "--kill-child"];
    return tryRun("unshare", [...namespaces, "sh", "-euc", ENTER, "sh", this.root, script], input);
  }

  /** What a script says that succeeds. */
  async run(script: string): Promise<string> {
    const { code, text } = await this.try(script);
    if (code !== 0) throw new Error(`exit code ${code} of:\n${script}\n${text}`);
    return text;
  }

  /** Copies a file into its root folder. */
  async put(path: string, name: string): Promise<void> {
    await Deno.copyFile(path, `${this.root}/srv/${name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("rm", ["-rf", "--one-file-system", this.root]);
  }
}

async function bootstrap(archive: string): Promise<void> {
  const temporary = `${archive}.${Deno.pid}`;
  const fetch = "APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --yes --download-only" +
    ` -o APT::Install-Recommends=true install ${FETCHED.join(" ")}`;
  const proxies = (await run("apt-config", ["dump"])).split("\n")
    .filter((line) => /^Acquire::(.*::)?(Proxy|Check-\S+) ".+";$/.test(line));
  const { code, text } = await tryRun("mmdebstrap", [
    ...[
      "--mode=root",
      "--variant=minbase",
      "--format=tar",
      "--skip=cleanup/apt",
      `--customize-hook=${fetch}`,
    ],
    ...proxies.map((line) => `--aptopt=${line}`),
    ...[CODENAME, temporary, "-"],
  ], await sources());
  if (code !== 0) throw new Error(`mmdebstrap failed:\n${text}`);
  await Deno.rename(temporary, archive);
}
