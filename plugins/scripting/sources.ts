/** The files that modules are made of, and whether they have changed. @module */
import { dirname, fromFileUrl, toFileUrl } from "./paths.ts";

/** How files are looked at. Tests replace it. */
export interface Files {
  /** Changes whenever the file does; null if there is none. */
  stamp(path: string): string | null;
  read(path: string): string | null;
}

const FILES: Files = {
  stamp(path) {
    try {
      const { mtime, size, ino } = Deno.statSync(path);
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
const ATTRIBUTE = /\bwith\s*:?\s*\{[^{}]*\btype["']?\s*:\s*["'](?!json["'])(\w+)["']/;
const IMPORTABLE = /\.(?:ts|mts|js|mjs|json)$/;
const MAX_FILES = 1000;

interface Graph {
  /** Every file by path, with its stamp when it was read. */
  readonly stamps: ReadonlyMap<string, string | null>;
  readonly refusal: string | null;
}

/** Watches modules and what they import by path. */
export class Sources {
  readonly #files: Files;
  readonly #modules: readonly string[];
  /** Folders that may be imported from. */
  readonly #folders: readonly string[];
  #graphs: Graph[];
  #seen: string;
  #pending: string | null = null;

  /**
   * @param modules absolute paths
   * @param readable further paths that they may import from
   */
  constructor(modules: readonly string[], readable: readonly string[] = [], files: Files = FILES) {
    this.#files = files;
    this.#modules = modules;
    this.#folders = [...modules.map(dirname), ...readable];
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

  /** Stands for the module's files as they are now: a number above 0. */
  fingerprint(module: number): number {
    let hash = 0;
    for (const char of print(this.#graphs[module]!)) {
      hash = (hash * 31 + char.charCodeAt(0)) % 0xffff_ffff_ffff;
    }
    return hash + 1;
  }

  /** Why a module may not be loaded, whatever it is. */
  refusal(module: number): string | null {
    return this.#graphs[module]!.refusal;
  }

  /** All files' stamps in one text. */
  #stamp(): string {
    const paths = new Set(this.#graphs.flatMap(({ stamps }) => [...stamps.keys()]));
    return [...paths].map((path) => `${path} ${this.#files.stamp(path)}`).join("\n");
  }

  #scan(module: string): Graph {
    const stamps = new Map<string, string | null>();
    let refusal: string | null = null;
    const rest = [module];
    for (let path = rest.pop(); path !== undefined; path = rest.pop()) {
      if (stamps.has(path) || stamps.size >= MAX_FILES) continue;
      stamps.set(path, this.#files.stamp(path));
      const text = path.endsWith(".json") ? "" : this.#files.read(path) ?? "";
      const found = this.#imports(path, text.replaceAll(COMMENT, (_all, quoted) => quoted ?? ""));
      refusal ??= found.refusal;
      rest.push(...found.paths);
    }
    return { stamps, refusal };
  }

  /** Files that a source names. Rather too many than too few: it is read without a parser. */
  #imports(path: string, text: string): { paths: string[]; refusal: string | null } {
    const paths: string[] = [];
    const kind = ATTRIBUTE.exec(text)?.[1];
    // An import is made with the process's rights, not with the module's.
    let refusal = kind === undefined
      ? null
      : `${path} imports something as ${kind}, not as a module`;
    for (const [, , specifier = ""] of text.matchAll(IMPORT)) {
      if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) continue;
      const target = resolve(specifier, path);
      if (target === null || specifier.includes("\\") || !IMPORTABLE.test(target)) {
        refusal ??= `${path} imports ${specifier}, which is no module`;
      } else if (!this.#folders.some((folder) => isBelow(target, folder))) {
        refusal ??= `${path} imports ${specifier}, which is not below the folder of a module`;
      } else {
        paths.push(target);
      }
    }
    return { paths, refusal };
  }
}

function resolve(specifier: string, from: string): string | null {
  try {
    return fromFileUrl(new URL(specifier, toFileUrl(from)));
  } catch {
    return null;
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function print({ stamps }: Graph): string {
  return [...stamps].map(([path, stamp]) => `${path} ${stamp}`).join("\n");
}
