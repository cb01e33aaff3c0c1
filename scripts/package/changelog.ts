/** Debian's changelog, of what CHANGELOG.md says of this version. */
import { PackageError } from "./error.ts";
import type { Release } from "./version.ts";

/** What changed in the newest version, as Debian writes it. @throws {PackageError} if there is nothing */
export function renderChangelog(markdown: string, release: Release): string {
  const [, newest = ""] = markdown.split(/^## .*$/m);
  const items = newest.split(/^- /m).slice(1).map((item) => plain(item));
  if (items.length === 0) throw new PackageError("CHANGELOG.md says nothing of the newest version");
  return [
    `janus-zeromq (${release.debian_version}) stable; urgency=medium`,
    "",
    ...items.map((item) => wrap(item, "  * ", "    ", 78)),
    "",
    ` -- ${release.maintainer}  ${rfc2822(release.epoch)}`,
    "",
  ].join("\n");
}

/** Markdown's text in one line. */
function plain(item: string): string {
  return item.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "")
    .replaceAll(/\s+/g, " ").trim();
}

/** Lines of whole words. */
export function wrap(text: string, first: string, others: string, width: number): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(" ")) {
    const joined = line.trim() === "" || line === first ? line + word : `${line} ${word}`;
    if (joined.length > width && line !== first && line !== others) {
      lines.push(line);
      line = others + word;
    } else line = joined;
  }
  return [...lines, line].join("\n");
}

function rfc2822(epoch: number): string {
  return new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
}
