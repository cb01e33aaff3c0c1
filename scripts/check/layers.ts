/** The rule that imports run downward, and who breaks it. */
import { pathToFileURL } from "node:url";
import { capture } from "../lib/run.ts";

/** One file importing another, both as paths below the project's folder. */
export interface ImportEdge {
  readonly from: string;
  readonly to: string;
}

/** An import, or something else in a file, that its layer doesn't allow. */
export interface LayerViolation {
  readonly file: string;
  readonly reason: string;
}

interface Layer {
  /** Its name: the folder. */
  readonly name: string;
  /** True if a file of this layer may import one of `other`. Its own files it always may. */
  readonly allows: (other: string) => boolean;
}

/** Folders that anything may be imported into. */
const FREE = ["scripts", "tests", "build"];
/** The same for the tests that a package keeps. */
const PACKAGE_TESTS = "ffi/zmq/tests";

/** The layer of a file: one folder deep, two in `plugins/` and `ffi/`. */
export function layerOf(path: string): Layer {
  const [top = "", second = "", third] = path.split("/");
  if (second === "") return { name: top, allows: (other) => !["scripts", "tests"].includes(other) };
  if (path.startsWith(`${PACKAGE_TESTS}/`)) return { name: PACKAGE_TESTS, allows: () => true };
  if (FREE.includes(top)) return { name: top, allows: () => true };
  // A file right in ffi/ or plugins/ is a layer of its own.
  const name = third === undefined ? top : `${top}/${second}`;
  switch (name) {
    case "plugins/janus":
    case "plugins/companion":
      return { name, allows: () => false };
    case "plugins/sdk":
      return { name, allows: (other) => other === "plugins/janus" };
    case "plugins/stream":
      return {
        name,
        allows: (other) =>
          other.startsWith("ffi/") ||
          ["plugins/companion", "plugins/events", "plugins/janus"].includes(other),
      };
    case "plugins/scripting":
      return {
        name,
        allows: (other) =>
          ["plugins/companion", "plugins/janus", "plugins/sdk", "plugins/transport"].includes(
            other,
          ),
      };
    case "plugins/monitor":
      return {
        name,
        allows: (other) => other.startsWith("ffi/") || /^plugins\/(client|janus)$/.test(other),
      };
    case "plugins/host":
      return { name, allows: (other) => !["scripts", "tests"].includes(other) };
  }
  if (top === "plugins") {
    return {
      name,
      allows: (other) =>
        other === "plugins/janus" || other === "plugins/sdk" || /^ffi(\/|$)/.test(other),
    };
  }
  if (top === "ffi") return { name, allows: (other) => other === "ffi" };
  return { name, allows: () => false };
}

/** The imports that run upward or sideways. */
export function findLayerViolations(edges: readonly ImportEdge[]): LayerViolation[] {
  const found: LayerViolation[] = [];
  for (const { from, to } of edges) {
    const layer = layerOf(from);
    const other = layerOf(to).name;
    if (layer.name === other || layer.allows(other)) continue;
    found.push({ file: from, reason: `imports ${to}, which ${layer.name} may not` });
  }
  return found;
}

/** What breaks the rules in a file's own text, whatever it imports. */
export function findTextViolations(path: string, text: string): LayerViolation[] {
  const code = withoutComments(text);
  if (path === "mod.ts") {
    const rest = code.replaceAll(/export\s+(type\s+)?\{[^{}]*\}\s*from\s*(["'])[^"']*\2\s*;?/g, "");
    if (rest.trim() === "") return [];
    const first = rest.trim().split("\n")[0];
    return [{ file: path, reason: `is for re-exports by name only, not for: ${first}` }];
  }
  if (["plugins/janus", "plugins/sdk"].includes(layerOf(path).name)) {
    const use = /\bDeno\s*\.\s*(dlopen|Unsafe\w+)/.exec(code);
    if (use !== null) return [{ file: path, reason: `uses Deno.${use[1]}, which only ffi/ may` }];
  }
  return [];
}

/** TypeScript without comments; what looks like one inside a string stays. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`)|\/\/[^\n]*|\/\*[^]*?\*\//g,
    (_all, string: string | undefined) => string ?? "",
  );
}

/**
 * Who imports whom among these files (paths below `root`), as Deno itself resolves it: types,
 * import maps and dynamic imports of fixed names included.
 *
 * @throws {Error} when Deno cannot read the graph, or an import of the project's names no file
 */
export async function readImports(root: string, paths: readonly string[]): Promise<ImportEdge[]> {
  const base = `${pathToFileURL(await Deno.realPath(root)).href}/`;
  const imports = paths.map((path) => `import ${JSON.stringify(base + path)};`).join("\n");
  const entry = `data:application/typescript,${encodeURI(imports)}`;
  const args = ["info", "--json", "--config", `${root}/deno.json`, entry];
  const output = await capture(Deno.execPath(), args, { cwd: root, timeout: 120_000 });
  if (output?.code !== 0) throw new Error(`Cannot read the imports: ${output?.stderr}`);
  return edgesOf(JSON.parse(output.stdout) as InfoOutput, base);
}

/** The part of `deno info --json` (version 1) that is read here. */
interface InfoOutput {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string; readonly error?: string };
      readonly type?: { readonly specifier?: string; readonly error?: string };
    }[];
  }[];
}

function edgesOf(info: InfoOutput, base: string): ImportEdge[] {
  const edges: ImportEdge[] = [];
  for (const module of info.modules) {
    if (!module.specifier.startsWith(base)) continue;
    const from = decodeURIComponent(module.specifier.slice(base.length));
    if (module.error !== undefined) throw new Error(`Cannot read ${from}: ${module.error}`);
    for (const dependency of module.dependencies ?? []) {
      const target = dependency.code ?? dependency.type;
      if (target?.error !== undefined) {
        throw new Error(`Cannot resolve "${dependency.specifier}" in ${from}: ${target.error}`);
      }
      const to = target?.specifier ?? "";
      if (to.startsWith(base)) edges.push({ from, to: decodeURIComponent(to.slice(base.length)) });
    }
  }
  return edges;
}
