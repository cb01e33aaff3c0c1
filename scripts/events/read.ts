/** Reads Janus's events from a NATS stream. */
import { resolve } from "node:path";
import { EVENT_NAMES, type EventName } from "../../plugins/janus/event_types.ts";
import { stringifyJson } from "../../plugins/janus/json.ts";
import { printableJson } from "../../plugins/janus/printable.ts";
import { readEvents, StreamReadError } from "../../plugins/stream/read/mod.ts";
import { callerFolder, type CommandLine, runCommand, UsageError } from "../lib/command_line.ts";
import { how } from "../lib/how.ts";
import { Interruption } from "../lib/waiting.ts";
import { LOGIN_OPTIONS, LOGIN_USAGE, readLogin, SERVERS_USAGE } from "../stream/login.ts";
import { StreamLines } from "./lines.ts";

const USAGE = `Usage: ${how("events read")} [options]

  Shows what a NATS stream has of Janus's events, a line each: when Janus made it (else when it was
  stored), the place in the stream (for --from), the server, #number, what it is. Where events are
  missing it says which, and why ("dropped"), or that nobody knows why ("gap").

${SERVERS_USAGE}
  --subject TEXT        What the subjects begin with; default is janus.events.
  --durable NAME        The server remembers what was shown: the next time goes on there.
  --from WHERE          new, all, a time (2026-01-31T12:00Z), or a place in the stream; default is all.
  --follow              Goes on with what comes, until Ctrl-C; else it ends with the last that is there.
  --json                Writes the events alone, as JSON lines for ${how("filter try")} --events.
  --instance NAME       Only this Janus server's.
  --types LIST          Only events of these names, separated by commas.
  --output FILE         Where to; default is standard output. What is there is replaced.
${LOGIN_USAGE}
`;

const OPTIONS = {
  ...LOGIN_OPTIONS,
  subject: "text",
  durable: "text",
  from: "text",
  follow: "flag",
  json: "flag",
  instance: "text",
  types: "text",
  output: "text",
} as const;

function place(text: string): "new" | "all" | Date | number {
  if (text === "new" || text === "all") return text;
  if (/^\d+$/.test(text)) return Number(text);
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new UsageError(`--from must be new, all, a time or a place, not "${text}"`);
}

function names(text: string): EventName[] {
  return text.split(",").map((name) => {
    const found = EVENT_NAMES.find((one) => one === name);
    if (found === undefined) throw new UsageError(`--types: there is no event "${name}"`);
    return found;
  });
}

/** Where to. A file is replaced once there is something to read from. */
class Output implements Disposable {
  readonly #path: string | null;
  #file: Deno.FsFile | null = null;

  constructor(path: string | null) {
    this.#path = path;
  }

  write(text: string): void {
    if (this.#path !== null) this.#file ??= Deno.createSync(this.#path);
    const to = this.#file ?? Deno.stdout;
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += to.writeSync(bytes.subarray(done));
  }

  [Symbol.dispose](): void {
    this.#file?.close();
  }
}

async function read({ options }: CommandLine<typeof OPTIONS>): Promise<number> {
  const cwd = callerFolder();
  const { types, subject, durable, instance, output: path } = options;
  using interruption = new Interruption();
  const settings = {
    ...readLogin(options),
    from: place(options.from ?? "all"),
    follow: options.follow,
    signal: interruption.signal,
    warn: (text: string) => console.error(text),
    ...subject === undefined ? {} : { subject },
    ...durable === undefined ? {} : { durable },
    ...instance === undefined ? {} : { instance },
    ...types === undefined ? {} : { types: names(types) },
  };
  using output = new Output(path === undefined ? null : resolve(cwd, path));
  const lines = new StreamLines();
  try {
    for await (const item of readEvents(settings)) {
      lines.count(item);
      if (!options.json) output.write(`${lines.show(item).join("\n")}\n`);
      else if (item.kind === "event") output.write(`${printableJson(stringifyJson(item.event))}\n`);
    }
    output.write("");
    if (lines.isEmpty || path !== undefined) console.error(lines.summary(instance, path));
  } catch (error) {
    // Whoever reads has seen enough, as in `events:read | head`.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  return interruption.signal.aborted ? 130 : 0;
}

/** The command. */
export const COMMAND = {
  ...{ usage: USAGE, options: OPTIONS, run: read },
  known: [StreamReadError, Deno.errors.NotFound, Deno.errors.PermissionDenied],
} as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
