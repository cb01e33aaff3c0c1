/** The files that modules are made of, and whether they have changed. @module */
import { fromFileUrl, toFileUrl } from "../paths.ts";

/** How files are looked at. Tests replace it. */
export interface Files {
  /** Changes whenever the file does; null if there is none. */
  stamp(path: string): string | null;
  read(path: string): string | null;
}

const FILES: Files = {
  stamp(path) {
    try {
      const { isFile, mtime, size, ino } = Deno.statSync(path);
      if (!isFile) return null;
      return `${mtime?.getTime()}:${size}:${ino}`;
    } catch {
      return null;
    }
  },
  read(path) {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return null;
    }
  },
};

const COMMENT = /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\/[^\n]*|\/\*[^]*?\*\//g;
const IMPORT = /\b(?:from|import)\s*\(?\s*(["'`])([^"'`\n]+)\1/g;
const MAX_FILES = 1000;
/** A file that is longer is not searched for imports. */
const MAX_SOURCE = 1 << 20;

/** Every file by path, with its stamp when it was read. */
type Graph = ReadonlyMap<string, string | null>;

/**
 * Watches modules and what they import by path. It reads sources without a parser: what it does not
 * find is not watched, and nothing else depends on it.
 */
export class Sources {
  readonly #files: Files;
  readonly #modules: readonly string[];
  #graphs: Graph[];
  #seen: string;
  #pending: string | null = null;

  /** @param modules absolute paths */
  constructor(modules: readonly string[], files: Files = FILES) {
    this.#files = files;
    this.#modules = modules;
    this.#graphs = modules.map((path) => this.#scan(path));
    this.#seen = this.#stamp();
  }

  /** True while a change waits to be complete: editors write files in several steps. */
  get unsettled(): boolean {
    return this.#pending !== null;
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
    return [...paths].map((path) => `${path} ${this.#files.stamp(path)}`).join("\n");
  }

  #scan(module: string): Graph {
    const graph = new Map<string, string | null>();
    const rest = [module];
    for (let path = rest.pop(); path !== undefined; path = rest.pop()) {
      if (graph.has(path) || graph.size >= MAX_FILES) continue;
      graph.set(path, this.#files.stamp(path));
      // A FIFO would be waited for.
      const readable = graph.get(path) !== null && !path.endsWith(".json");
      const text = readable ? this.#files.read(path) ?? "" : "";
      if (text.length <= MAX_SOURCE) rest.push(...importsOf(path, text));
    }
    return graph;
  }
}

/** Files that a source names. Rather too many than too few. */
function importsOf(path: string, text: string): string[] {
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
