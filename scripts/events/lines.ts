/** What a stream has, in lines for people. */
import { printable } from "../../plugins/janus/printable.ts";
import type { StreamItem } from "../../plugins/stream/read/mod.ts";
import { describeEvent, type JsonObject } from "../demonstration/describe.ts";

type Counts = Extract<StreamItem, { kind: "dropped" }>["dropped"];

/** Writes items as lines, and counts them. */
export class StreamLines {
  readonly #epochs = new Map<string, number>();
  #events = 0;
  #missing = 0;
  #first: number | null = null;
  #last = 0;

  /** Counts an item. */
  count(item: StreamItem): void {
    if (item.kind === "dropped" || item.kind === "gap") this.#missing += item.last - item.first + 1;
    if (item.kind !== "event") return;
    this.#events++;
    this.#first = Math.min(this.#first ?? item.sequence, item.sequence);
    this.#last = Math.max(this.#last, item.sequence);
  }

  /** An item's line; before it another one where it is a server's first after a new start. */
  show(item: StreamItem): string[] {
    const { instance, epoch, sequence } = item;
    const known = this.#epochs.get(instance);
    if (known === undefined || epoch > known) this.#epochs.set(instance, epoch);
    const place = `${sequence}  ${instance}  `;
    const time = timeOf(item).toISOString();
    const line = printable(`${time}  ${place}${describe(item)}`);
    if (known === undefined || epoch <= known) return [line];
    return [printable(`${new Date(epoch).toISOString()}  ${place}started anew`), line];
  }

  /** How much it was, in one line. @param source whose, if only one server's was wanted */
  summary(source: string | undefined, target: string | undefined): string {
    const what = this.#first === null
      ? `nothing${source === undefined ? "" : ` of ${source}`}`
      : `${amount(this.#events)} ${this.#events === 1 ? "event" : "events"}, ` +
        `${this.#first} to ${this.#last}`;
    const missing = this.#missing === 0 ? "" : `; ${amount(this.#missing)} are missing`;
    return printable(`${what}${target === undefined ? "" : `, to ${target}`}${missing}`);
  }

  /** True if there was no event. */
  get isEmpty(): boolean {
    return this.#events === 0;
  }
}

/** The event's own time, in microseconds since 1970; else when it was stored. */
function timeOf(item: StreamItem): Date {
  if (item.kind !== "event") return item.received;
  const time = new Date(Number((item.event as { timestamp?: unknown }).timestamp) / 1000);
  return Number.isNaN(time.getTime()) ? item.received : time;
}

function describe(item: StreamItem): string {
  switch (item.kind) {
    case "event": {
      const [what, details] = describeEvent(item.event as unknown as JsonObject);
      return `#${item.number}  ${what}${details === "" ? "" : `  ${details}`}`;
    }
    case "dropped":
      return `dropped ${range(item)}: ${causes(item.dropped)}`;
    case "gap":
      return `gap ${range(item)}: missing, and nothing says why`;
    case "gone":
      return `gone after #${item.last}`;
  }
}

const range = ({ first, last }: { readonly first: number; readonly last: number }) =>
  first === last ? `#${first}` : `#${first} to #${last}`;

/** Such as `ring full 2,961 sessions, 3 handles; oversized 1 media`. */
function causes(dropped: Counts | null | undefined): string {
  return Object.entries(dropped ?? {}).map(([cause, types]) => {
    const counts = Object.entries(types ?? {}).map(([type, count]) => `${amount(count)} ${type}`);
    return `${cause.replaceAll("_", " ")} ${counts.join(", ")}`;
  }).join("; ") || "it is not said why";
}

const amount = (count: number) => count.toLocaleString("en");
