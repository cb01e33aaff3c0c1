/** The machines that packages are made for, and what compiles for them. */
import type { Toolchain } from "../build.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { exists } from "../lib/run.ts";
import { PackageError } from "./error.ts";
import { run } from "./run.ts";

/** A machine, by its names elsewhere. */
export interface Architecture {
  /** Debian's name. */
  readonly name: string;
  /** The folder of its libraries, and the prefix of its compiler. */
  readonly triplet: string;
  /** The npm package of Deno's executable, without its scope. */
  readonly deno: string;
  /** What `Deno.build.arch` is there. */
  readonly machine: typeof Deno.build.arch;
}

/** All of them. */
export const ARCHITECTURES: readonly Architecture[] = [
  {
    name: "amd64",
    triplet: "x86_64-linux-gnu",
    deno: "linux-x64-glibc",
    machine: "x86_64",
  },
  {
    name: "arm64",
    triplet: "aarch64-linux-gnu",
    deno: "linux-arm64-glibc",
    machine: "aarch64",
  },
];

/** What this machine is. */
export function isNative(architecture: Architecture): boolean {
  return architecture.machine === Deno.build.arch;
}

/** What cross compiling needs of the other machine's libraries: headers, and jansson to link with. */
const SYSROOT_PACKAGES = ["libjansson-dev", "libjansson4", "libglib2.0-dev", "libpcre2-dev"];

/** The compiler for a machine; this one's own where it is the same. @throws {PackageError} */
export async function toolchainFor(architecture: Architecture): Promise<Toolchain | undefined> {
  if (isNative(architecture)) return undefined;
  const { triplet } = architecture;
  const sysroot = await prepareSysroot(architecture);
  const libraries = `${sysroot}/usr/lib/${triplet}`;
  return {
    // The compiler comes with its own libc; its linker looks where -L says.
    compiler: `${triplet}-gcc`,
    env: {
      PKG_CONFIG_LIBDIR: `${libraries}/pkgconfig`,
      PKG_CONFIG_PATH: "",
      PKG_CONFIG_SYSROOT_DIR: sysroot,
      PKG_CONFIG_ALLOW_SYSTEM_LIBS: "1",
    },
  };
}

/**
 * Unpacks the other machine's libraries into the project's `.deno/`. apt fetches them by lists of its
 * own there: this machine's packages and architectures stay as they are.
 */
async function prepareSysroot({ name }: Architecture): Promise<string> {
  const folder = `${PROJECT_ROOT}/.deno/sysroot-${name}`;
  if (await exists(`${folder}/complete`)) return `${folder}/tree`;
  console.log(`Fetching the headers for ${name} with apt into .deno/ (once)`);
  const apt = `${folder}/apt`;
  await Deno.mkdir(`${apt}/lists/partial`, { recursive: true });
  await Deno.mkdir(`${apt}/cache/archives/partial`, { recursive: true });
  await Deno.writeTextFile(`${apt}/status`, "");
  const options = [
    ["APT::Architecture", name],
    ["APT::Architectures", name],
    ["Dir::State", apt],
    ["Dir::State::Lists", `${apt}/lists`],
    ["Dir::State::Status", `${apt}/status`],
    ["Dir::Cache", `${apt}/cache`],
    ["APT::Sandbox::User", "root"],
  ].flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const patience = { timeout: 600_000, cwd: apt };
  await run("apt-get", [...options, "-q", "update"], patience);
  await run("apt-get", [...options, "-q", "download", ...SYSROOT_PACKAGES], patience);
  for await (const { name: file } of Deno.readDir(apt)) {
    if (file.endsWith(".deb")) await run("dpkg-deb", ["-x", `${apt}/${file}`, `${folder}/tree`]);
  }
  if (!await exists(`${folder}/tree/usr/include/jansson.h`)) {
    throw new PackageError(`Cannot find jansson.h among what apt fetched for ${name}`);
  }
  await Deno.remove(apt, { recursive: true });
  await Deno.writeTextFile(`${folder}/complete`, "");
  return `${folder}/tree`;
}
