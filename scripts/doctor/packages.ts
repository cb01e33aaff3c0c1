/**
 * Which packages bring what the project needs. `scripts/lib/setup.sh` names the same apt packages,
 * since it runs before Deno is there; a test holds the two together.
 */

/** Something that a package brings. */
export type Requirement = keyof typeof PACKAGES;

interface Names {
  /** Package names on Debian and Ubuntu. */
  readonly apt: readonly string[];
  /** Package names on Fedora, and on RHEL with EPEL. */
  readonly dnf: readonly string[];
}

/** Package names by what they bring. */
export const PACKAGES = {
  compiler: { apt: ["gcc", "libc6-dev"], dnf: ["gcc", "glibc-devel"] },
  pkg_config: { apt: ["pkg-config"], dnf: ["pkgconf-pkg-config"] },
  jansson: { apt: ["libjansson-dev"], dnf: ["jansson-devel"] },
  glib: { apt: ["libglib2.0-dev"], dnf: ["glib2-devel"] },
  // Neither Fedora nor RHEL ships Janus: there it comes from its own source, headers included.
  janus: { apt: ["janus"], dnf: [] },
  janus_headers: { apt: ["janus-dev"], dnf: [] },
  libzmq: { apt: ["libzmq5"], dnf: ["zeromq"] },
  libzmq_headers: { apt: ["libzmq3-dev"], dnf: ["zeromq-devel"] },
  libseccomp_headers: { apt: ["libseccomp-dev"], dnf: ["libseccomp-devel"] },
  // For systemd-analyze alone.
  systemd: { apt: ["systemd"], dnf: ["systemd"] },
  python_zmq: { apt: ["python3-zmq"], dnf: ["python3-zmq"] },
  node: { apt: ["nodejs"], dnf: ["nodejs"] },
  iproute: { apt: ["iproute2"], dnf: ["iproute"] },
  openssl: { apt: ["openssl"], dnf: ["openssl"] },
  nats_server: { apt: ["nats-server"], dnf: ["nats-server"] },
  postgresql: { apt: ["postgresql"], dnf: ["postgresql-server"] },
  // For promtool alone.
  prometheus: { apt: ["prometheus"], dnf: ["golang-github-prometheus"] },
  // Ubuntu calls it chromium-browser.
  chromium: { apt: ["chromium"], dnf: ["chromium"] },
  // For tests of Debian's package, which is made and tried on Debian alone.
  debian_root: { apt: ["mmdebstrap"], dnf: [] },
  lintian: { apt: ["lintian"], dnf: [] },
  man: { apt: ["man-db"], dnf: [] },
  cross_compiler: { apt: ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"], dnf: [] },
  emulator: { apt: ["qemu-user-static"], dnf: [] },
} as const satisfies Record<string, Names>;

/** The package managers that the project can speak of. */
export type PackageManager = "apt" | "dnf";

/** The package manager of the system that this `/etc/os-release` text describes. */
export function packageManagerOf(osRelease: string): PackageManager | undefined {
  const ids: string[] = [];
  for (const line of osRelease.split("\n")) {
    const match = /^ID(?:_LIKE)?=(.*)$/.exec(line.trim());
    if (match !== null) ids.push(...(match[1] ?? "").replaceAll(/["']/g, "").split(/\s+/));
  }
  if (ids.some((id) => id === "debian" || id === "ubuntu")) return "apt";
  if (ids.some((id) => id === "fedora" || id === "rhel")) return "dnf";
  return undefined;
}

/** The lines to type to get what is missing. */
export function installCommands(
  missing: readonly Requirement[],
  manager: PackageManager | undefined,
  asRoot: boolean,
): string[] {
  if (missing.length === 0) return [];
  const sudo = asRoot ? "" : "sudo ";
  const lines: string[] = [];
  if (manager !== "dnf") {
    lines.push(`${sudo}apt-get install ${namesFor(missing, "apt").join(" ")}`);
  }
  if (manager !== "apt") {
    const names = namesFor(missing, "dnf");
    if (names.length > 0) lines.push(`${sudo}dnf install ${names.join(" ")}`);
    if (missing.includes("janus") || missing.includes("janus_headers")) {
      lines.push("# Fedora, RHEL: Janus from source, https://github.com/meetecho/janus-gateway");
    }
  }
  return lines;
}

function namesFor(missing: readonly Requirement[], manager: PackageManager): string[] {
  return [...new Set(missing.flatMap((one) => [...PACKAGES[one][manager]]))];
}
