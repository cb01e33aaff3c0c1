/** What the examples in Node need of npm's, installed below `build/` on first use. */
import { createHash } from "node:crypto";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { exists } from "../../../scripts/lib/run.ts";

const EXAMPLES = `${PROJECT_ROOT}/scripts/examples/node`;

let installed: Promise<string> | undefined;

/**
 * A folder with the package.json of the examples and what it asks for. No script of a package is
 * run, so nothing is compiled: zeromq brings a binary for each common system.
 *
 * @throws {Error} when npm can't install it
 */
export function nodeFolder(): Promise<string> {
  return installed ??= install();
}

/** An example for Node, beside the packages that it needs: that is where Node looks for them. */
export async function nodeExample(program: string): Promise<string> {
  const folder = await nodeFolder();
  for (const name of [program, "command_line"]) {
    await Deno.copyFile(`${EXAMPLES}/${name}.mjs`, `${folder}/${name}.mjs`);
  }
  return `${folder}/${program}.mjs`;
}

async function install(): Promise<string> {
  const manifest = await Deno.readTextFile(`${EXAMPLES}/package.json`);
  const hash = createHash("sha256").update(manifest).digest("hex").slice(0, 12);
  const folder = `${PROJECT_ROOT}/build/node/examples-${hash}`;
  if (await exists(`${folder}/node_modules/zeromq`)) return folder;
  await Deno.mkdir(`${PROJECT_ROOT}/build/node`, { recursive: true });
  const temporary = await Deno.makeTempDir({ dir: `${PROJECT_ROOT}/build/node` });
  try {
    await Deno.writeTextFile(`${temporary}/package.json`, manifest);
    const npm = await new Deno.Command("npm", {
      args: ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"],
      cwd: temporary,
    }).output();
    if (!npm.success) {
      throw new Error(
        `npm can't install the examples' packages:\n${new TextDecoder().decode(npm.stderr)}`,
      );
    }
    await Deno.chmod(temporary, 0o755);
    // A rename, so that two test files at once can't see half a folder.
    await Deno.rename(temporary, folder).catch(async (error) => {
      if (!(await exists(`${folder}/node_modules/zeromq`))) throw error;
    });
  } finally {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
  }
  return folder;
}
