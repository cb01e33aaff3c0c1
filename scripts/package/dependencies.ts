/** What a package's programs need of the system, by what they were linked with. */
import { PackageError } from "./error.ts";
import { run } from "./run.ts";

/** The package of each library, and which version of it is needed. */
const LIBRARIES: readonly {
  readonly soname: RegExp;
  readonly package: string;
  /** The prefix of the versions of its symbols, if those are its own versions. */
  readonly symbols?: string;
  readonly version?: string;
}[] = [
  {
    // glibc's libraries, of which the dynamic linker is one.
    soname: /^(lib(c|m|dl|rt|pthread)\.so\.\d+|ld-linux-.*)$/,
    package: "libc6",
    symbols: "GLIBC_",
  },
  { soname: /^libgcc_s\.so\.1$/, package: "libgcc-s1" },
  // The oldest of a distribution that has Janus 1.1; it gave its symbols versions.
  { soname: /^libjansson\.so\.4$/, package: "libjansson4", version: "2.14" },
];

/** Packages as `Depends:` names them. @throws {PackageError} for a library that is not known here */
export async function dependenciesOf(programs: readonly string[]): Promise<string[]> {
  const versions = new Map<string, string>();
  for (const program of programs) {
    const dynamic = await run("readelf", ["--wide", "--dynamic", program]);
    const symbols = await run("readelf", ["--wide", "--version-info", program]);
    for (const [, soname = ""] of dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)) {
      const library = LIBRARIES.find((one) => one.soname.test(soname));
      if (library === undefined) {
        throw new PackageError(
          `${program} needs ${soname}, whose package is not known: add it to` +
            " scripts/package/dependencies.ts",
        );
      }
      const needed = library.symbols === undefined
        ? library.version ?? ""
        : newest(symbols, library.symbols);
      const known = versions.get(library.package) ?? "";
      versions.set(library.package, compare(known, needed) < 0 ? needed : known);
    }
  }
  return [...versions].map(([name, version]) => version === "" ? name : `${name} (>= ${version})`)
    .toSorted();
}

function newest(text: string, prefix: string): string {
  const found = [...text.matchAll(new RegExp(`\\b${prefix}(\\d+(?:\\.\\d+)*)\\b`, "g"))];
  return found.map(([, version = ""]) => version).toSorted(compare).at(-1) ?? "";
}

/** Versions of numbers alone, part by part. */
function compare(one: string, other: string): number {
  const [left, right] = [one.split(".").map(Number), other.split(".").map(Number)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
