/** What filters made of events, for people. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { eventTopic } from "../../plugins/janus/event_types.ts";
import { parseJson } from "../../plugins/janus/json.ts";
import { quantile } from "../lib/statistics.ts";
import type { Color, Painter } from "../lib/terminal.ts";
import type { FilterError, FilterOutcome, LoadedFilter } from "./messages.ts";
import { addedJson, diffJson, type DiffLine } from "./json_diff.ts";

/** How a report is written. */
export interface ReportOptions {
  readonly print: (line: string) => void;
  readonly paint: Painter;
  /** True to show events as well that are passed as they were, or that no filter wants. */
  readonly all: boolean;
  /** Where paths are shown from. */
  readonly cwd: string;
}

/** Longer lines are cut where nothing changed. */
const WIDTH = 140;
/** What is left of an unchanged beginning or end. */
const KEPT = 24;

/** Shows events one by one, and counts them. */
export class FilterReport {
  readonly #options: ReportOptions;
  readonly #counts = { events: 0, unwanted: 0, same: 0, changed: 0, dropped: 0, errors: 0, out: 0 };
  readonly #times: number[] = [];
  /** Errors that were shown, with the event's number. */
  readonly #said = new Map<string, number>();
  /** Events since the last one that was shown. */
  #quiet = 0;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  /** Shows which filters there are. */
  begin(filters: readonly LoadedFilter[]): void {
    for (const { name, gets } of filters) this.#say("gray", `${name} gets ${gets}`);
    this.#options.print("");
  }

  /** Shows what became of an event. */
  add(text: string, outcome: FilterOutcome): void {
    const { wanted, passed, errors, microseconds } = outcome;
    const before = parseJson(text) as object;
    this.#counts.events++;
    this.#counts.out += passed.length;
    if (wanted) this.#times.push(microseconds);
    const after = passed.map((one) => ({ topic: one.topic, event: parseJson(one.text) as object }));
    const main = findMain(before, after.map(({ event }) => event));
    const diff = main === -1 ? [] : diffJson(before, after[main]!.event);
    const topics = after.some(({ topic }) => topic !== undefined);
    const dropped = after.length === 0;
    const plain = main === 0 && diff.length === 0 && after.length === 1 && !topics &&
      errors.length === 0;
    this.#count(wanted, dropped, plain, errors.length);
    if (plain && !this.#options.all) {
      this.#quiet++;
      return;
    }
    this.#flush();
    this.#head(before, stateOf(outcome, plain), microseconds);
    for (const error of errors) this.#error(error);
    after.forEach(({ event, topic }, index) => {
      const extra = index !== main;
      if (extra) {
        this.#say("cyan", `    ${after.length > 1 ? "one more" : "another"}: ${nameOf(event)}`);
      }
      if (topic !== undefined) this.#say("cyan", `    topic ${topic}`);
      this.#diff(extra ? addedJson(event) : diff);
    });
  }

  #count(wanted: boolean, dropped: boolean, plain: boolean, errors: number): void {
    this.#counts.errors += errors;
    if (!wanted) this.#counts.unwanted++;
    else if (dropped) this.#counts.dropped++;
    else if (plain || errors > 0) this.#counts.same++;
    else this.#counts.changed++;
  }

  /** Shows that the filters were stopped at an event, which passes. */
  stopped(text: string, error: FilterError): void {
    this.#counts.events++;
    this.#counts.errors++;
    this.#counts.out++;
    this.#counts.same++;
    this.#flush();
    this.#head(parseJson(text) as object, ["failed", "red"], null);
    this.#error(error);
  }

  /** Shows a line that a filter wrote to the log. */
  log(filter: string, level: string, text: string): void {
    this.#flush();
    this.#say(
      level === "error" || level === "warning" ? "yellow" : "gray",
      `    log ${level}: [${filter}] ${text}`,
    );
  }

  /** What all of it came to. @returns true if no filter failed */
  summary(): boolean {
    this.#flush();
    const { events, unwanted, same, changed, dropped, errors, out } = this.#counts;
    const { print, paint } = this.#options;
    print("");
    print(
      `${
        paint("bold", `${events} events`)
      }: ${unwanted} that no filter wants; of the others ${same} passed as` +
        ` they were, ${changed} changed, ${dropped} dropped; ${out} published, ${errors} errors`,
    );
    if (this.#times.length === 0) return errors === 0;
    const mean = this.#times.reduce((sum, time) => sum + time, 0) / this.#times.length;
    // The first events cost most: until then the filter's code is interpreted.
    const [half, p99] = [0.5, 0.99].map((share) => quantile(this.#times, share).toFixed(1));
    print(`us in filters per event: mean ${mean.toFixed(1)}, median ${half}, p99 ${p99}`);
    return errors === 0;
  }

  #head(
    event: object,
    [state, color]: readonly [string, Color],
    microseconds: number | null,
  ): void {
    const { paint, print } = this.#options;
    const number = `#${this.#counts.events}`.padEnd(5);
    const time = microseconds === null
      ? ""
      : paint("gray", `  ${microseconds.toFixed(microseconds < 10 ? 1 : 0)} us`);
    print(
      `${paint("gray", number)} ${paint("bold", nameOf(event))}  ${paint(color, state)}${time}`,
    );
  }

  #error({ filter, message, places }: FilterError): void {
    const subject = filter === "" ? "" : `${filter}: `;
    const error = [subject, message, ...places].join("\n");
    const before = this.#said.get(error);
    if (before !== undefined) {
      this.#say("red", `    ${subject}the same as at #${before}`);
      return;
    }
    this.#said.set(error, this.#counts.events);
    this.#say("red", `    ${subject}${message}`);
    for (const place of places.slice(0, 3)) {
      this.#say("red", `      at ${shownPlace(place, this.#options.cwd)}`);
    }
  }

  #diff(lines: readonly DiffLine[]): void {
    const texts = fitted(lines);
    lines.forEach(({ sign, depth }, index) => {
      const color: Color = sign === "+" ? "green" : sign === "-" ? "red" : "gray";
      this.#say(color, `    ${sign} ${"  ".repeat(depth)}${texts[index]}`);
    });
  }

  #flush(): void {
    if (this.#quiet > 0) this.#say("gray", `      ${this.#quiet} passed as they were`);
    this.#quiet = 0;
  }

  #say(color: Color, text: string): void {
    this.#options.print(this.#options.paint(color, text));
  }
}

/** A place in a module, as a path from where one is if it is below. */
export function shownPlace(place: string, cwd: string): string {
  const [, url = "", position = ""] = /^(file:.*?)((?::\d+)*)$/.exec(place) ?? [];
  if (url === "") return place;
  const path = fileURLToPath(url);
  const short = relative(cwd, path);
  return (short.startsWith("..") ? path : short) + position;
}

function stateOf(outcome: FilterOutcome, plain: boolean): readonly [string, Color] {
  const { wanted, passed: { length }, errors } = outcome;
  if (!wanted) return ["no filter wants it", "gray"];
  if (errors.length > 0) return ["failed", "red"];
  if (plain) return ["as it was", "gray"];
  if (length === 0) return ["dropped", "red"];
  return length === 1 ? ["changed", "yellow"] : [`${length} events`, "cyan"];
}

/** Type and subtype, and whose it is. */
function nameOf(event: object): string {
  const [type, subtype] = eventTopic(event).split(".", 2);
  const { session_id, handle_id } = event as { session_id?: unknown; handle_id?: unknown };
  return [
    subtype === "-" ? type : `${type}.${subtype}`,
    ...(session_id === undefined ? [] : [`session ${session_id}`]),
    ...(handle_id === undefined ? [] : [`handle ${handle_id}`]),
  ].join(" ");
}

/** Which of the events that are passed is the one that came in; -1 for none. */
function findMain(before: object, after: readonly object[]): number {
  const same = after.findIndex((event) => diffJson(before, event).length === 0);
  if (same !== -1) return same;
  const kind = (event: object) => eventTopic(event).split(".", 3).join(".");
  return after.findIndex((event) => kind(event) === kind(before));
}

/** The texts of lines, short enough for a terminal, with what changed in them to be seen. */
function fitted(lines: readonly DiffLine[]): string[] {
  const texts = lines.map(({ text }) => text);
  lines.forEach((line, index) => {
    const next = lines[index + 1];
    const previous = lines[index - 1];
    // One line in the place of one other: show where they differ.
    if (line.sign !== "-" || next?.sign !== "+" || previous?.sign === "-") return;
    if (lines[index + 2]?.sign === "+") return;
    [texts[index], texts[index + 1]] = cutBoth(line.text, next.text);
  });
  return texts.map((text) => (text.length <= WIDTH + 2 ? text : `${text.slice(0, WIDTH)}…`));
}

function cutBoth(before: string, after: string): [string, string] {
  if (Math.max(before.length, after.length) <= WIDTH) return [before, after];
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && before[start] === after[start]) start++;
  let end = 0;
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const label = /^[^:]*: /.exec(before)?.[0] ?? "";
  const from = start - KEPT;
  const cut = (text: string) => {
    const to = text.length - Math.max(0, end - KEPT);
    const head = from > label.length ? `${label}…${text.slice(from, to)}` : text.slice(0, to);
    return to < text.length ? `${head}…` : head;
  };
  return [cut(before), cut(after)];
}
