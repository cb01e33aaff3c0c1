/** Compiling C file by file: what has not changed since the last time is not compiled again. */
import { createHash } from "node:crypto";

/** What is compiled, and how. */
export interface CompileOptions {
  /** Paths of files and in flags count from here. */
  readonly root: string;
  /** Where objects are kept, below the root. */
  readonly folder: string;
  readonly compiler: string;
  readonly flags: readonly string[];
  /** Runs a program in the root. @returns what it said to stdout and stderr @throws if it fails */
  readonly run: (program: string, args: string[]) => { said: string; complaints: string };
}

/** When each file that an object is made from was last changed, by path. */
type Inputs = Readonly<Record<string, string>>;

/** Compiles files to objects. @returns the objects' paths below the root */
export function compileObjects(files: readonly string[], options: CompileOptions): string[] {
  const { root, compiler, flags, run } = options;
  const how = JSON.stringify([run(compiler, ["--version"]).said, compiler, flags]);
  // Whoever compiles otherwise at the same time has objects of his own.
  const folder = `${options.folder}/${createHash("sha256").update(how).digest("hex").slice(0, 16)}`;
  Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
  const states = new Map<string, string>();
  const state = (path: string) => {
    const known = states.get(path) ?? stateOf(`${root}/`, path);
    states.set(path, known);
    return known;
  };
  return files.map((file) => {
    const object = `${folder}/${file.replaceAll("/", "+")}.o`;
    const record = `${root}/${object}.json`;
    if (isCurrent(`${root}/${object}`, record, state)) return object;
    const temporary = `${object}.${Deno.pid}`;
    const begun = Date.now();
    const makefile = `${temporary}.d`;
    const { complaints } = run(compiler, [
      ...[...flags, "-MD", "-MF", makefile, "-c", file, "-o", temporary],
    ]);
    const paths = readDependencies(Deno.readTextFileSync(`${root}/${makefile}`));
    Deno.removeSync(`${root}/${makefile}`);
    Deno.renameSync(`${root}/${temporary}`, `${root}/${object}`);
    const inputs: Inputs = Object.fromEntries(paths.map((path) => [path, state(path)]));
    // A warning is to be seen each time; what changes meanwhile may be in the object or not.
    const changing = Object.values(inputs).some((one) => parseFloat(one) >= begun);
    if (complaints === "" && !changing) Deno.writeTextFileSync(record, JSON.stringify(inputs));
    return object;
  });
}

function stateOf(root: string, path: string): string {
  try {
    const { mtime, size } = Deno.statSync(path.startsWith("/") ? path : root + path);
    return `${mtime?.getTime()} ${size}`;
  } catch {
    return "gone";
  }
}

function isCurrent(object: string, record: string, state: (path: string) => string): boolean {
  try {
    Deno.statSync(object);
    const inputs: Inputs = JSON.parse(Deno.readTextFileSync(record));
    return Object.entries(inputs).every(([path, was]) => state(path) === was);
  } catch {
    return false;
  }
}

/** The files in a rule of make, as compilers write it. */
function readDependencies(rule: string): string[] {
  const words = rule.replaceAll("\\\n", " ").replace(/^[^:]*: /, "").match(/(?:\\.|\S)+/g);
  return (words ?? []).map((word) => word.replaceAll(/\\(.)/g, "$1").replaceAll("$$", "$"));
}
