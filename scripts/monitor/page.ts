/** Builds the monitor's page: one file, with its script and style inside. */
import { runCommand } from "../lib/command_line.ts";
import { networkAdvice } from "../lib/network.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { capture } from "../lib/run.ts";

const USAGE = `Usage: scripts/deno task build:page

  Builds the monitor's page, build/monitor/page.html: all that it needs is in it. The monitor does that
  by itself where its sources are.

  -h, --help  Shows this.
`;

/** The file, below the project's folder. */
export const PAGE = "build/monitor/page.html";

const FOLDER = "plugins/monitor/page";
/** Its styles, in this order. */
const STYLES = ["base", "tree", "tail", "call", "narrow"];
/** What the page imports from elsewhere, and what says how it is bundled. */
const OTHERS = ["plugins/monitor/wire.ts", "plugins/monitor/severity.ts", "deno.json", "deno.lock"];

/**
 * The page. It is built if there is none, or if it is older than what it is made of.
 *
 * @param root the project's folder
 * @throws {Error} if it is not there and cannot be built
 */
export async function readPage(root: string = PROJECT_ROOT): Promise<string> {
  const file = `${root}/${PAGE}`;
  const made = await modified(file);
  const newest = Math.max(...await Promise.all((await sources(root)).map(modified)));
  if (made < newest) await buildPage(root);
  return await Deno.readTextFile(file);
}

/** Thrown where it cannot be bundled. */
export class PageError extends Error {}

/** Builds it. @throws {PageError} with what the bundler says */
export async function buildPage(root: string = PROJECT_ROOT): Promise<void> {
  const folder = `${root}/${FOLDER}`;
  await Deno.mkdir(`${root}/build/monitor`, { recursive: true });
  // Several may start at once: each has files of its own, and the last one's stays.
  const temporary = `${root}/${PAGE}.${Deno.pid}`;
  const bundle = `${temporary}.js`;
  try {
    const options = ["--quiet", "--platform", "browser", "--minify", "--output", bundle];
    const args = ["bundle", ...options, `${FOLDER}/main.tsx`];
    const output = await capture(Deno.execPath(), args, { cwd: root, timeout: 120_000 });
    if (output?.code !== 0) {
      const words = output?.stderr ?? "";
      throw new PageError(`Cannot bundle the page:\n${words}${networkAdvice(words)}`);
    }
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    const page = assemble({
      html: await read("index.html"),
      style: (await Promise.all(STYLES.map((name) => read(`style/${name}.css`)))).join("\n"),
      licences: await read("licences.txt"),
      script: await Deno.readTextFile(bundle),
    });
    await Deno.writeTextFile(temporary, page);
    await Deno.rename(temporary, `${root}/${PAGE}`);
  } finally {
    await Deno.remove(bundle).catch(() => {});
    await Deno.remove(temporary).catch(() => {});
  }
}

/** Puts style and script into the page. @throws {Error} if one would end too early there */
export function assemble(
  { html, style, licences, script }: Record<"html" | "style" | "licences" | "script", string>,
): string {
  for (const [name, text] of [["script", script], ["style", style]] as const) {
    if (new RegExp(`</${name}|<!--`, "i").test(text)) {
      throw new Error(`Cannot put the ${name} into the page: it contains what would end it`);
    }
  }
  // Functions, as $ has a meaning in texts.
  return html
    .replace("<html", () => `<!--\n${licences.trim()}\n-->\n<html`)
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace(
      '<script type="module"></script>',
      () => `<script type="module">${script.trim()}</script>`,
    );
}

/** What it is made of; nothing in a package, which has the page alone. */
async function sources(root: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for (const folder of [FOLDER, `${FOLDER}/style`]) {
      for await (const { name } of Deno.readDir(`${root}/${folder}`)) {
        found.push(`${root}/${folder}/${name}`);
      }
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return [...found, ...OTHERS.map((path) => `${root}/${path}`)];
}

/** When a file was changed (ms); 0 if it is not there. */
async function modified(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

async function run(): Promise<number> {
  await buildPage();
  const { size } = await Deno.stat(`${PROJECT_ROOT}/${PAGE}`);
  console.log(`${PAGE} (${(size / 1024).toFixed(0)} KiB)`);
  return 0;
}

if (import.meta.main) Deno.exit(await runCommand({ usage: USAGE, known: [PageError], run }));
