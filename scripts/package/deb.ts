/** Debian's package: control files around a tree, packed by dpkg-deb. */
import { createHash } from "node:crypto";
import { MIN_LIBZMQ } from "../lib/project.ts";
import type { Architecture } from "./architectures.ts";
import { run } from "./run.ts";
import { type Content, isLink, type PackageFile, sorted, writeTree } from "./tree.ts";
import type { Release } from "./version.ts";

/** What a package says of itself. */
export interface Control {
  readonly architecture: Architecture;
  readonly release: Release;
  /** Beside libzmq, which nothing is linked with. */
  readonly depends: readonly string[];
}

/** Packs files. The same files make the same package. `fast`: with little compression. */
export async function makeDeb(
  output: string,
  files: readonly PackageFile[],
  control: Control,
  fast = false,
): Promise<void> {
  const { epoch } = control.release;
  const root = await Deno.makeTempDir({ prefix: "package-" });
  try {
    const sums: string[] = [];
    let bytes = 0;
    for (const file of sorted(files)) {
      if (isLink(file.content)) continue;
      const data = await read(file.content);
      bytes += Math.ceil(data.length / 1024) * 1024;
      const sum = createHash("md5").update(data).digest("hex");
      if (!isConfiguration(file)) sums.push(`${sum}  ${file.path}\n`);
    }
    const conffiles = files.filter(isConfiguration).map(({ path }) => `/${path}\n`).toSorted();
    await writeTree(root, [
      ...files,
      { path: "DEBIAN/control", content: renderControl(control, Math.ceil(bytes / 1024)) },
      { path: "DEBIAN/conffiles", content: conffiles.join("") },
      { path: "DEBIAN/md5sums", content: sums.join("") },
    ], epoch);
    await run("dpkg-deb", [
      ...["--root-owner-group", ...(fast ? ["-Zgzip", "-z1"] : ["-Zxz"])],
      ...["--build", root, output],
    ], { env: { SOURCE_DATE_EPOCH: String(epoch) }, timeout: 600_000 });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function read(content: Exclude<Content, { readonly linkTo: string }>): Promise<Uint8Array> {
  if (typeof content === "string") return new TextEncoder().encode(content);
  return content instanceof Uint8Array ? content : await Deno.readFile(content.copyOf);
}

function isConfiguration({ path }: PackageFile): boolean {
  return path.startsWith("etc/");
}

function renderControl({ architecture, release, depends }: Control, size: number): string {
  return `Package: janus-zeromq
Version: ${release.debian_version}
Architecture: ${architecture.name}
Maintainer: ${release.maintainer}
Installed-Size: ${size}
Depends: ${[...depends, `libzmq5 (>= ${MIN_LIBZMQ})`].join(", ")}
Recommends: janus (>= 1.1)
Suggests: nats-server
Section: net
Priority: optional
Description: ZeroMQ for the Janus WebRTC server
 Two plugins for Janus, the WebRTC server. A transport serves the Janus API and
 the Admin API to any number of ZeroMQ clients; an event handler publishes
 Janus's events, through filters written in TypeScript, and can store them in
 NATS JetStream.
 .
 The plugins run their logic in Deno, which this package brings along for them
 alone. Nothing is downloaded at run time.
`;
}
