/** Units of systemd, as it reads them: a file, and drop-ins in their order. */

/** What is assigned to each key of [Service], in order; an empty value has taken back what was before it. */
export type ServiceSettings = ReadonlyMap<string, readonly string[]>;

/** Where systemd looks; what stands in an earlier folder hides what has the same name in a later one. */
export const UNIT_FOLDERS = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];

/** Reads files of units, the later ones after the earlier ones. */
export function readUnits(texts: readonly string[]): ServiceSettings {
  const found = new Map<string, string[]>();
  for (const text of texts) {
    let section = "";
    // A line that ends in a backslash goes on in the next one; comments in between do not count.
    const whole = text.replaceAll(/^[ \t]*[#;].*\n?/gm, "").replaceAll(/\\\n/g, " ");
    for (const line of whole.split("\n").map((one) => one.trim())) {
      section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
      const [, key = "", value = ""] = /^([^=\s[]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (section !== "Service" || key === "") continue;
      if (value === "") found.set(key, []);
      else found.set(key, [...found.get(key) ?? [], value]);
    }
  }
  return found;
}

/** A service as it stands in these folders, with its drop-ins; undefined if there is none. */
export async function findUnit(
  name: string,
  folders: readonly string[] = UNIT_FOLDERS,
): Promise<{ readonly path: string; readonly settings: ServiceSettings } | undefined> {
  const paths = folders.map((folder) => `${folder}/${name}`);
  const texts = await Promise.all(paths.map(readText));
  const index = texts.findIndex((text) => text !== undefined);
  if (index < 0) return undefined;
  const dropIns = new Map<string, string>();
  // Those for all services count less than the unit's own of the same name.
  for (const kind of [`${name}.d`, "service.d"]) {
    for (const folder of folders) {
      for (const file of await namesIn(`${folder}/${kind}`)) {
        if (file.endsWith(".conf") && !dropIns.has(file)) {
          dropIns.set(file, `${folder}/${kind}/${file}`);
        }
      }
    }
  }
  const ordered = [...dropIns].sort(([a], [b]) => a < b ? -1 : 1).map(([, path]) => path);
  const more = await Promise.all(ordered.map(readText));
  const settings = readUnits([texts[index] ?? "", ...more.map((text) => text ?? "")]);
  return { path: paths[index] ?? "", settings };
}

async function readText(path: string): Promise<string | undefined> {
  return await Deno.readTextFile(path).catch(() => undefined);
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch {
    // There is none.
  }
  return names;
}

/** What a setting lets through that is a list of what is allowed or, with "~", of what is not. */
export interface Choice {
  /** False: the names are those that are not allowed. */
  readonly allowed: boolean;
  readonly names: ReadonlySet<string>;
}

/**
 * Puts the lines of such a setting together, as systemd does: the first says which kind of list it
 * is, and those of the other kind take names out of it.
 *
 * @returns undefined if there are none: everything is allowed
 */
export function readChoice(
  lines: readonly string[],
  expand: (name: string) => readonly string[] = (name) => [name],
): Choice | undefined {
  if (lines.length === 0) return undefined;
  const allowed = !lines[0]!.startsWith("~");
  const names = new Set<string>();
  for (const line of lines) {
    const adds = line.startsWith("~") !== allowed;
    for (const word of line.replace(/^~\s*/, "").split(/\s+/)) {
      // "call:errno" names an error of its own.
      for (const name of word === "none" ? [] : expand(word.replace(/:.*$/, ""))) {
        if (adds) names.add(name);
        else names.delete(name);
      }
    }
  }
  return { allowed, names };
}

/** Whether something is let through. */
export function lets(choice: Choice | undefined, name: string): boolean {
  return choice === undefined || choice.names.has(name) === choice.allowed;
}
