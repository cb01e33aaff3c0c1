/** Writes files that belong together, for another user: all of them, or none. */
import { UsageError } from "./command_line.ts";

/** Who files are given to; null for what stays as it is. */
export interface Owner {
  readonly user: number | null;
  readonly group: number | null;
}

/** A file to be written. */
export interface NewFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Who gets it; null for who writes it. */
  readonly owner: Owner | null;
}

const WHO = "Which user does Janus run as? systemctl show -p User janus (an empty one is root)";

/** Finds `user` or `user:group`, by name or number. @throws {UsageError} where there is none */
export function findOwner(text: string): Owner {
  const [user = "", group] = text.split(":", 2);
  const number = numberOf("passwd", user);
  if (number === null) {
    throw new UsageError(`There is no user ${JSON.stringify(user)}: nothing was written. ${WHO}`);
  }
  if (group === undefined) return { user: number, group: null };
  const group_number = numberOf("group", group);
  if (group_number === null) {
    throw new UsageError(
      `There is no group ${JSON.stringify(group)}: nothing was written. getent group lists them`,
    );
  }
  return { user: number, group: group_number };
}

/** A user's or group's number from the system's database. */
function numberOf(database: "passwd" | "group", name: string): number | null {
  if (/^\d+$/.test(name)) return Number(name);
  if (name === "") return null;
  const args = [database, "--", name];
  const { success, stdout } = new Deno.Command("getent", { args }).outputSync();
  const number = new TextDecoder().decode(stdout).split(":")[2];
  return success && number !== undefined ? Number(number) : null;
}

/**
 * Puts files in the place of older ones once all are complete, each with its owner and mode: who
 * reads them never finds half of one. What fails before that leaves no trace.
 */
export function replaceFiles(files: readonly NewFile[]): void {
  const folder = files.find(({ path }) => lookAt(path)?.isDirectory === true);
  if (folder !== undefined) throw new UsageError(`${folder.path} is a folder`);
  const drafts = files.map((file) => ({ file, draft: `${file.path}.new` }));
  try {
    for (const { file, draft } of drafts) writeDraft(draft, file);
    for (const { file, draft } of drafts) Deno.renameSync(draft, file.path);
  } catch (error) {
    for (const { draft } of drafts) removeIfThere(draft);
    throw error;
  }
}

function writeDraft(path: string, { content, mode, owner }: NewFile): void {
  removeIfThere(path);
  Deno.writeTextFileSync(path, content, { createNew: true, mode });
  Deno.chmodSync(path, mode); // whatever the umask says
  try {
    if (owner !== null) Deno.chownSync(path, owner.user, owner.group);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new UsageError("Only root can give files to another user (sudo): nothing was written");
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What a path leads to; null where there is nothing. */
export function lookAt(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
