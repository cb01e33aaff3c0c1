/** Shows what both plugins say of themselves over the Admin API. */
import { JanusError } from "../../plugins/client/errors.ts";
import type { JanusAdmin } from "../../plugins/client/admin.ts";
import { stringifyJson } from "../../plugins/janus/json.ts";
import { printable, printableJson } from "../../plugins/janus/printable.ts";
import type { CommandLine } from "../lib/command_line.ts";
import { type Painter, stdoutPainter } from "../lib/terminal.ts";
import { ADMIN_ERRORS, ADMIN_OPTIONS, ADMIN_USAGE, withAdmin } from "./admin_options.ts";

const USAGE = `Usage: janus-zeromq info [options]

  Shows what Janus and both plugins say of themselves over the Admin API: state, versions, clients,
  subscribers, rings, drops, restarts.

  --json                    Prints it as JSON.
${ADMIN_USAGE}
  -h, --help                Shows this.

Exit code: 0 done, 1 Janus refused it or did not answer, or has neither plugin, 2 used wrongly.
`;

const OPTIONS = { json: "flag", ...ADMIN_OPTIONS } as const;

type Info = Readonly<Record<string, unknown>> | null;

/** What a plugin tells; null if Janus does not have it. */
async function ask(admin: JanusAdmin, kind: "transport" | "event_handler"): Promise<Info> {
  const request = { request: "info" };
  try {
    const { response } = kind === "transport"
      ? await admin.request("query_transport", { transport: "janus.transport.zeromq", request })
      : await admin.request("query_eventhandler", {
        handler: "janus.eventhandler.zeromqevh",
        request,
      });
    return response;
  } catch (error) {
    if (error instanceof JanusError && error.code !== 403) return null;
    throw error;
  }
}

/** Levels of groups that are indented; what is deeper is JSON, of which so much is shown. */
const LEVELS = 6;
const MAX_TEXT = 500;

/** Values as lines: groups are indented, short ones stand in one line. */
export function infoLines(value: object, indent = "  ", levels = LEVELS): string[] {
  const entries = Object.entries(value);
  const width = Math.max(0, ...entries.map(([name]) => Math.min(24, name.length)));
  return entries.flatMap(([name, member]) => {
    const label = printable(name);
    const text = typeof member === "string" ? member : stringifyJson(member);
    if (typeof member !== "object" || member === null || text.length < 60 || levels === 0) {
      return [`${indent}${label.padEnd(width)}  ${printable(text.slice(0, MAX_TEXT))}`];
    }
    return [`${indent}${label}`, ...infoLines(member, `${indent}  `, levels - 1)];
  });
}

function section(title: string, info: Info, paint: Painter): string[] {
  const lines = info === null ? ["  not loaded"] : infoLines(info);
  return ["", paint("bold", title), ...lines];
}

function run({ options }: CommandLine<typeof OPTIONS>): Promise<number> {
  return withAdmin(options, async (admin) => {
    const { transaction: _, janus: __, ...server } = await admin.info() as Record<string, unknown>;
    const transport = await ask(admin, "transport");
    const event_handler = await ask(admin, "event_handler");
    if (options.json) {
      console.log(printableJson(stringifyJson({ server, transport, event_handler }, 2)));
    } else {
      const paint = stdoutPainter();
      const { name, version_string: version, "server-name": called } = server;
      console.log(printable(`${name} ${version} (${called})`));
      const lines = [
        ...section("Transport (janus.transport.zeromq)", transport, paint),
        ...section("Event handler (janus.eventhandler.zeromqevh)", event_handler, paint),
      ];
      console.log(lines.join("\n"));
    }
    return transport === null && event_handler === null ? 1 : 0;
  });
}

/** The command. */
export const COMMAND = { usage: USAGE, options: OPTIONS, known: ADMIN_ERRORS, run } as const;
