/** The documents and examples that are installed, with links that lead to where things are then. */
import { posix } from "node:path";
import type { Layout } from "./layout.ts";
import type { PackageFile } from "./tree.ts";
import { asInstalled } from "./words.ts";

/** Which of the project's files go where: from its folder, to the folder of documents. */
const PLACES: readonly (readonly [from: string, to: string])[] = [
  ["README.md", "README.md"],
  ["ARCHITECTURE.md", "ARCHITECTURE.md"],
  ["TROUBLESHOOTING.md", "TROUBLESHOOTING.md"],
  ["conf/README.md", "conf/README.md"],
  ["conf/*.jsonc.sample", "examples/"],
  ["conf/container/", "examples/container/"],
  ["conf/nats/", "examples/nats/"],
  ["conf/systemd/", "examples/systemd/"],
  ["scripts/examples/", "examples/"],
  ["ffi/zmq/README.md", "ffi/zmq/README.md"],
];

/** Documents of the plugins lie beside their sources. */
const PLUGIN_DOCUMENT = /^plugins\/([^/]+\/)+(README\.md|\w+\.png)$/;

/** What is left behind in a working copy. */
const LEFT_OVER = /(^|\/)(node_modules|__pycache__|\.[^/]*|package-lock\.json)(\/|$)/;

/** Every file of a folder and those in it, from `root`, in order. */
export async function listFiles(root: string, folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(`${root}/${folder}`)) {
    const path = posix.join(folder, entry.name);
    if (LEFT_OVER.test(path) || path === "build") continue;
    if (entry.isDirectory) found.push(...await listFiles(root, path));
    else if (entry.isFile) found.push(path);
  }
  return found.toSorted((one, other) => one < other ? -1 : 1);
}

/** Where a file is installed, below the documents; undefined for one that is not. */
function placeOf(path: string): string | undefined {
  if (PLUGIN_DOCUMENT.test(path)) return path;
  for (const [from, to] of PLACES) {
    if (from === path) return to;
    if (from.endsWith("/") && path.startsWith(from)) return to + path.slice(from.length);
    const [start = "", end] = from.split("*");
    if (end !== undefined && path.startsWith(start) && path.endsWith(end)) {
      return to + posix.basename(path);
    }
  }
  return undefined;
}

/** All of them. */
export async function documentFiles(root: string, layout: Layout): Promise<PackageFile[]> {
  const files: PackageFile[] = [];
  const places = new Map<string, string>();
  for (const path of await listFiles(root)) {
    const place = placeOf(path);
    if (place !== undefined) places.set(path, place);
  }
  for (const [path, place] of places) {
    const content = path.endsWith(".md")
      ? asInstalled(relink(await Deno.readTextFile(`${root}/${path}`), path, places), layout)
      : { copyOf: `${root}/${path}` };
    files.push({ path: `${layout.doc}/${place}`, content });
  }
  return files;
}

/** A document's text with links from its new place; those to what is not installed are text. */
function relink(text: string, path: string, places: ReadonlyMap<string, string>): string {
  const from = posix.dirname(places.get(path) ?? path);
  return text.replaceAll(
    /(!?)\[([^\]]*)\]\(([^)\s]+)\)/g,
    (all, picture: string, words: string, target: string) => {
      if (/^(#|[a-z]+:)/.test(target)) return all;
      const [file = "", anchor] = target.split("#");
      const wanted = posix.join(posix.dirname(path), file);
      // A link to a folder is one to its document.
      const place = places.get(wanted) ?? places.get(`${wanted}/README.md`);
      if (place === undefined) return words;
      const link = posix.relative(from, place) + (anchor === undefined ? "" : `#${anchor}`);
      return `${picture}[${words}](${link})`;
    },
  );
}
