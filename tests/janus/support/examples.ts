/** The programs of `scripts/examples/`, in each language. */
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { PYTHON } from "./agent.ts";
import { nodeExample } from "./node.ts";

const EXAMPLES = `${PROJECT_ROOT}/scripts/examples`;

/** A language. */
export interface Language {
  readonly name: string;
  readonly file: (program: string) => string;
  /** The command that runs one of the programs. */
  readonly command: (program: string) => Promise<string[]>;
}

export const LANGUAGES: readonly Language[] = [
  {
    name: "Python",
    file: (program) => `${EXAMPLES}/${program}.py`,
    command: (program) => Promise.resolve([PYTHON, `${EXAMPLES}/${program}.py`]),
  },
  {
    name: "Node",
    file: (program) => `${EXAMPLES}/node/${program}.mjs`,
    command: async (program) => ["node", await nodeExample(program)],
  },
  {
    name: "Deno",
    file: (program) => `${EXAMPLES}/${program}.ts`,
    command: (program) =>
      Promise.resolve([Deno.execPath(), "run", "--allow-ffi", `${EXAMPLES}/${program}.ts`]),
  },
];

/** Starts a program. The one who starts it waits for it or ends it. */
export function spawn([command = "", ...args]: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(command, {
    args: [...args],
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for its end. */
export async function finish(process: Deno.ChildProcess) {
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
