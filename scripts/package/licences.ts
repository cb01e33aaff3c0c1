/** Which npm packages are in the bundles, and under which licences. */
import { NPM_FILE } from "../build.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { PackageError } from "./error.ts";
import { run } from "./run.ts";

/** A module that is bundled with all that it imports. */
export interface BundleEntry {
  /** The file that it ends up in, as people know it. */
  readonly file: string;
  /** From the project's root. */
  readonly entry: string;
  readonly platform?: "browser";
}

/** A package of npm of which there is something in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** By its SPDX name. */
  readonly licence: keyof typeof LICENCES;
  /** Who has the copyright, as the package says it. */
  readonly copyright: readonly string[];
  /** Its own file with the licence; undefined where it names it only. */
  readonly text: string | undefined;
  /** The files that it ends up in. */
  readonly files: readonly string[];
}

/** Licences that bundled packages may have, and words by which their text is known. */
export const LICENCES = {
  "MIT": "Permission is hereby granted, free of charge, to any person obtaining a copy",
  "Apache-2.0": "Apache License Version 2.0, January 2004",
  "Unlicense": "This is free and unencumbered software released into the public domain",
} as const;

/** The names of npm packages in bundles, with the files of each: what is really in them. */
export async function bundledPackages(
  entries: readonly BundleEntry[],
): Promise<BundledPackage[]> {
  const folder = await Deno.makeTempDir({ prefix: "licences-" });
  try {
    const found = new Map<string, { folder: string; sources: Set<string>; files: Set<string> }>();
    for (const { file, entry, platform } of entries) {
      const output = `${folder}/bundle.js`;
      const options = ["--quiet", "--minify", "--sourcemap=external", "--output", output];
      if (platform !== undefined) options.push("--platform", platform);
      await run(Deno.execPath(), ["bundle", ...options, entry], { cwd: PROJECT_ROOT });
      const { sources } = JSON.parse(await Deno.readTextFile(`${output}.map`));
      for (const source of sources as string[]) {
        const match = NPM_FILE.exec(source);
        if (match === null) continue;
        const [place, name, version] = match;
        const one = found.get(`${name}@${version}`) ??
          {
            folder: await Deno.realPath(`${folder}/${place}`),
            sources: new Set(),
            files: new Set(),
          };
        one.sources.add(source.slice(match.index + place.length));
        one.files.add(file);
        found.set(`${name}@${version}`, one);
      }
    }
    const packages = [...found].map(([name, { folder, sources, files }]) =>
      readLicence(name, folder, [...sources], [...files].toSorted())
    );
    return (await Promise.all(packages)).toSorted((one, other) => one.name < other.name ? -1 : 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @throws {PackageError} where a package says no licence, one that is not known, or no owner */
async function readLicence(
  id: string,
  folder: string,
  sources: readonly string[],
  files: readonly string[],
): Promise<BundledPackage> {
  const manifest = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  const licence = manifest.license;
  if (!isKnown(licence)) {
    throw new PackageError(
      `${id} has the licence ${
        JSON.stringify(licence)
      }: look whether it may be in the package, and` +
        " add it to scripts/package/licences.ts",
    );
  }
  const text = await licenceText(folder);
  if (text !== undefined && !text.replaceAll(/\s+/g, " ").includes(LICENCES[licence])) {
    throw new PackageError(`${id} says ${licence}, but the file with its licence is another`);
  }
  // Apache's own text speaks of copyright, and names nobody.
  let copyright = licence === "Apache-2.0" ? [] : copyrightLines(text ?? "");
  for (const source of sources) {
    if (copyright.length > 0) break;
    copyright = copyrightLines(await Deno.readTextFile(`${folder}/${source}`).catch(() => ""));
  }
  if (copyright.length === 0) copyright = authorOf(manifest);
  if (copyright.length === 0) {
    throw new PackageError(`${id} does not say who has the copyright`);
  }
  const at = id.lastIndexOf("@");
  return { name: id.slice(0, at), version: id.slice(at + 1), licence, copyright, text, files };
}

function isKnown(licence: unknown): licence is keyof typeof LICENCES {
  return typeof licence === "string" && Object.hasOwn(LICENCES, licence);
}

async function licenceText(folder: string): Promise<string | undefined> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/^(un)?licen[cs]e(\.(md|txt))?$/i.test(name)) {
      return await Deno.readTextFile(`${folder}/${name}`);
    }
  }
  return undefined;
}

/** "2015 Somebody" of each line that claims it. */
function copyrightLines(text: string): string[] {
  const lines = [...text.matchAll(/^[\s/*#]*Copyright\s+(?:\(c\)\s+|©\s*)?(.*[A-Za-z].*)$/gim)]
    .map(([, owner = ""]) => owner.replace(/\.? (MIT|All rights|Licensed).*$/i, "").trim())
    // Sentences of licences begin with it as well.
    .filter((owner) => /^(\d{4}|by |[A-Z])/.test(owner) && owner.length < 80);
  return [...new Set(lines)];
}

function authorOf({ author }: { author?: string | { name?: string } }): string[] {
  const name = typeof author === "string" ? author.replace(/\s*[<(].*$/, "") : author?.name;
  return name === undefined || name === "" ? [] : [name];
}
