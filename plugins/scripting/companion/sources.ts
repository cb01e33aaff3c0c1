/** The files that modules are made of, and whether they have changed. @module */
import { fromFileUrl, toFileUrl } from "../paths.ts";

const COMMENT = /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\/[^\n]*|\/\*[^]*?\*\//g;
const IMPORT = /\b(?:from|import)\s*\(?\s*(["'`])([^"'`\n]+)\1/g;
const MAX_FILES = 1000;
/** A file that is longer (bytes) is not loaded. */
export const MAX_FILE = 8 << 20;
/** A file that is longer (bytes) is not searched for imports. */
const MAX_SOURCE = 1 << 20;

/** Every file by path, with its stamp when it was read. */
type Graph = ReadonlyMap<string, string | null>;

/**
 * Watches modules and what they import by path. It reads sources without a parser: what it does not
 * find is not watched, and nothing else depends on it.
 */
export class Sources {
  readonly #modules: readonly string[];
  #graphs: Graph[];
  #seen: string;
  #pending: string | null = null;

  /** @param modules absolute paths */
  constructor(modules: readonly string[]) {
    this.#modules = modules;
    this.#graphs = modules.map((path) => this.#scan(path));
    this.#seen = this.#stamp();
  }

  /** True while a change waits to be complete: editors write files in several steps. */
  get unsettled(): boolean {
    return this.#pending !== null;
  }

  /** A file of a module's that is too long to be loaded, if there is one. */
  tooLong(module: number): string | undefined {
    return [...this.#graphs[module]!.keys()].find((path) => sizeOf(path) > MAX_FILE);
  }

  /** Looks at all files. @returns the modules that have changed, once two looks were equal */
  look(): number[] {
    const now = this.#stamp();
    if (now === this.#seen) {
      this.#pending = null;
      return [];
    }
    if (now !== this.#pending) {
      this.#pending = now;
      return [];
    }
    this.#pending = null;
    const before = this.#graphs;
    this.#graphs = this.#modules.map((path) => this.#scan(path));
    this.#seen = this.#stamp();
    return this.#graphs.flatMap((graph, module) =>
      print(graph) === print(before[module]!) ? [] : [module]
    );
  }

  /** All files' stamps in one text. */
  #stamp(): string {
    const paths = new Set(this.#graphs.flatMap((graph) => [...graph.keys()]));
    return [...paths].map((path) => `${path} ${stampOf(path)}`).join("\n");
  }

  #scan(module: string): Graph {
    const graph = new Map<string, string | null>();
    const rest = [module];
    for (let path = rest.pop(); path !== undefined; path = rest.pop()) {
      if (graph.has(path) || graph.size >= MAX_FILES) continue;
      const stamp = stampOf(path);
      graph.set(path, stamp);
      // A FIFO would be waited for.
      if (stamp !== null && !path.endsWith(".json")) rest.push(...importsOf(path));
    }
    return graph;
  }
}

/** Changes whenever a file does; null if there is none. */
function stampOf(path: string): string | null {
  try {
    const { isFile, mtime, size, ino } = Deno.statSync(path);
    return isFile ? `${mtime?.getTime()}:${size}:${ino}` : null;
  } catch {
    return null;
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0; // it is gone
  }
}

/** Files that a source names. Rather too many than too few. */
function importsOf(path: string): string[] {
  let text = "";
  try {
    if (sizeOf(path) <= MAX_SOURCE) text = Deno.readTextFileSync(path);
  } catch {
    // It is gone, or may not be read.
  }
  const code = text.replaceAll(COMMENT, (_all, quoted) => quoted ?? "");
  return [...code.matchAll(IMPORT)].flatMap(([, , specifier = ""]) => {
    if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) return [];
    try {
      return [fromFileUrl(new URL(specifier, toFileUrl(path)))];
    } catch {
      return [];
    }
  });
}

function print(graph: Graph): string {
  return [...graph].map(([path, stamp]) => `${path} ${stamp}`).join("\n");
}
