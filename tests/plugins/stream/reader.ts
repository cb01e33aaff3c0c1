/**
 * A program that reads a stream with a durable consumer and notes what it gets, one line each, before it asks for
 * the next; and what its notes say.
 *
 *     deno run -A reader.ts SERVER FILE
 */
import { readEvents } from "../../../plugins/stream/read/mod.ts";

/** What a reader noted. */
export interface Notes {
  /** Ids of events, as often as they came. */
  readonly ids: readonly string[];
  /** The events' numbers, each where it came first. */
  readonly numbers: readonly number[];
  /** `i` of custom events, each where it came first. */
  readonly indices: readonly number[];
  /** What else there was. */
  readonly others: readonly string[];
}

/** Starts one; whoever does ends it. */
export function startReader(server: string, file: string): Deno.ChildProcess {
  const args = ["run", "-A", "--no-check", import.meta.filename!, server, file];
  return new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "inherit" }).spawn();
}

/** Reads the notes. A last line that is cut off is none: that one was not acknowledged. */
export async function readNotes(file: string): Promise<Notes> {
  const text = await Deno.readTextFile(file).catch(() => "");
  const found = new Map<string, { number: number; i: number }>();
  const ids: string[] = [], others: string[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    const [kind, id = "", number, i] = line.split(" ");
    if (kind !== "event") {
      others.push(line);
      continue;
    }
    ids.push(id);
    if (!found.has(id)) found.set(id, { number: Number(number), i: Number(i) });
  }
  const first = [...found.values()];
  return {
    ids,
    others,
    numbers: first.map(({ number }) => number),
    indices: first.map(({ i }) => i).filter((i) => !Number.isNaN(i)),
  };
}

async function main([servers = "", path = ""]: readonly string[]): Promise<void> {
  using file = Deno.openSync(path, { append: true, create: true });
  const options = { servers, from: "all", durable: "notes", warn: () => {} } as const;
  for await (const item of readEvents(options)) {
    const event = item.kind === "event"
      ? item.event as { readonly event: { readonly data?: { readonly i?: number } } }
      : undefined;
    const line = item.kind === "event"
      ? `event ${item.id} ${item.number} ${event?.event.data?.i}`
      : item.kind === "gone"
      ? `gone ${item.last}`
      : `${item.kind} ${item.first} ${item.last}`;
    file.writeSync(new TextEncoder().encode(`${line}\n`));
  }
}

if (import.meta.main) await main(Deno.args);
