/** Sends one request to Janus's Admin API over ZeroMQ, and prints what it answers. */
import { parseJson, stringifyJson } from "../../plugins/janus/json.ts";
import { printableJson } from "../../plugins/janus/printable.ts";
import { type CommandLine, UsageError } from "../lib/command_line.ts";
import { ADMIN_ERRORS, ADMIN_OPTIONS, ADMIN_USAGE, withAdmin } from "./admin_options.ts";

const USAGE = `Usage: janus-zeromq admin VERB [KEY=VALUE...] [options]

  Sends a request to Janus's Admin API, and prints the answer as JSON. A value is JSON
  (level=5, accept=false, plugins='["janus.plugin.echotest"]'), else text (address=localhost).
  KEY=@FILE takes the value from a file, as secrets should be: ps shows what stands here.

    janus-zeromq admin list_sessions
    janus-zeromq admin handle_info session_id=1001 handle_id=2002
    janus-zeromq admin query_eventhandler handler=janus.eventhandler.zeromqevh request='{"request":"info"}'

${ADMIN_USAGE}
  -h, --help                Shows this.

Exit code: 0 done, 1 Janus refused it or did not answer, 2 used wrongly.
`;

/** What must not stand on a command line. */
const SECRETS = ["admin_secret", "apisecret", "token"];

/** Reads `key=value` words. @throws {UsageError} naming the one that is wrong */
export function readArguments(words: readonly string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const word of words) {
    const [, key, value = ""] = /^([A-Za-z_][\w.-]*)=([^]*)$/.exec(word) ?? [];
    if (key === undefined) throw new UsageError(`${JSON.stringify(word)} must be KEY=VALUE`);
    if (key === "janus" || key === "transaction") {
      throw new UsageError(`${key} is not to be given: the verb and the command say it`);
    }
    if (Object.hasOwn(found, key)) throw new UsageError(`${key} is given twice`);
    if (SECRETS.includes(key) && !value.startsWith("@")) {
      const how = key === "admin_secret" ? "use --admin-secret-file" : `use ${key}=@FILE`;
      throw new UsageError(`${key} would be seen by everybody who runs ps: ${how}`);
    }
    found[key] = value.startsWith("@") ? readFile(key, value.slice(1)) : readValue(value);
  }
  return found;
}

/** A secret is text, even where it looks like a number. */
function readFile(key: string, path: string): unknown {
  let text: string;
  try {
    text = Deno.readTextFileSync(path).replace(/\r?\n$/, "");
  } catch (error) {
    throw new UsageError(`${key}: cannot read ${path}: ${(error as Error).message}`);
  }
  return SECRETS.includes(key) ? text : readValue(text);
}

function readValue(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

async function run({ options, words }: CommandLine<typeof ADMIN_OPTIONS>): Promise<number> {
  const [verb, ...more] = words;
  if (verb === undefined) throw new UsageError(USAGE);
  if (verb.includes("=")) throw new UsageError(`The verb comes first, as in: admin list_sessions`);
  const args = readArguments(more);
  return await withAdmin(options, async (admin) => {
    const reply = await admin.request(verb, args as Parameters<typeof admin.request>[1]);
    const { transaction: _, ...rest } = reply as Record<string, unknown>;
    console.log(printableJson(stringifyJson(rest, 2)));
    return 0;
  });
}

/** The command. */
export const COMMAND = {
  ...{ usage: USAGE, options: ADMIN_OPTIONS, words: true, run },
  known: ADMIN_ERRORS,
} as const;
