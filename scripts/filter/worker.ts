/**
 * Runs filters for filter:try, in a Worker that has the permissions that the plugin would give. Its
 * first module imports this one, and the filters by fixed names: Deno reads such modules without
 * asking for the Worker's own permission.
 */
import { stripVTControlCharacters } from "node:util";
import { eventsInWords, eventTopic } from "../../plugins/janus/event_types.ts";
import { readObject } from "../../plugins/sdk/chain.ts";
import { checkEventFilter, checkNames } from "../../plugins/sdk/check.ts";
import type { AnyEventFilter } from "../../plugins/sdk/event_filter.ts";
import { FilterChain } from "../../plugins/sdk/filter_chain.ts";
import { moduleLog } from "../../plugins/sdk/module_log.ts";
import type { FilterError, FilterOutcome, FromWorker, ToWorker } from "./messages.ts";

const scope = self as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: (event: MessageEvent<ToWorker>) => void;
};

/** Frames of these files say nothing about the filter. */
const OURS = import.meta.url.endsWith(".js")
  ? [new URL("./", import.meta.url).href]
  : ["plugins/sdk/filter_chain.ts", "plugins/sdk/check.ts", "scripts/filter/worker.ts"]
    .map((path) => `${new URL(`../../${path}`, import.meta.url).href}:`);

/** Modules of filters, and what imports them, in order. */
export type Modules = readonly (readonly [
  url: string,
  get: () => Promise<{ readonly default?: unknown }>,
])[];

const filters: AnyEventFilter[] = [];
/** What is known of the event in hand. */
let [wanted, microseconds, begun] = [false, 0, 0];
let errors: FilterError[] = [];

const chain = new FilterChain({
  calls: {
    begin() {
      wanted = true;
      begun = performance.now();
    },
    end: clock,
    fail(module, error) {
      clock();
      errors.push(describe(filters[module]!.name, error));
    },
    pause: () => null,
  },
  pass: true,
  topics: true,
});

function clock(): void {
  microseconds += (performance.now() - begun) * 1000;
}

async function load(modules: Modules): Promise<FromWorker> {
  for (const [module, get] of modules) {
    try {
      const filter = checkEventFilter((await get()).default);
      checkNames([...filters, filter]);
      const log = moduleLog((level, text) =>
        scope.postMessage({ kind: "log", filter: filter.name, line: { level, text } })
      );
      await filter.setup?.({ log });
      chain.add(filter, filters.push(filter) - 1, log);
    } catch (error) {
      return { kind: "failed", error: describe(module, error) };
    }
  }
  const loaded = filters.map(({ name, events }) => ({ name, gets: eventsInWords(events) }));
  return { kind: "loaded", filters: loaded };
}

async function run(text: string): Promise<FilterOutcome> {
  [wanted, microseconds, errors] = [false, 0, []];
  const read = () => readObject(text);
  const outcome = await chain.take(read(), read);
  const messages = typeof outcome === "string" ? [] : outcome;
  const passed = messages.map(({ topic, text }) => ({
    text,
    topic: topic === eventTopic(readObject(text)) ? undefined : topic,
  }));
  if (outcome === "unchanged") passed.push({ text, topic: undefined });
  return { wanted, passed, errors, microseconds };
}

function describe(filter: string, error: unknown): FilterError {
  if (!(error instanceof Error)) return { filter, message: String(error), places: [] };
  const places = [...(error.stack ?? "").matchAll(/\(?(file:\/\/[^()\s]+:\d+:\d+)\)?$/gm)]
    .map(([, place]) => place!)
    .filter((place) => !OURS.some((ours) => place.startsWith(ours)));
  // Deno's own loader has the place, colours, and the name of the error in its messages.
  const words = stripVTControlCharacters(error.message);
  const message = /^\w*Error: /.test(words) ? words : `${error.name}: ${words}`;
  return { filter, message, places: places.filter((place) => !message.includes(place)) };
}

async function handle(message: ToWorker, modules: Modules): Promise<FromWorker> {
  switch (message.kind) {
    case "load":
      return await load(modules);
    case "event":
      return { kind: "outcome", ...await run(message.text) };
    case "end":
      for (const filter of filters.toReversed()) await filter.teardown?.();
      return { kind: "ended" };
  }
}

/** Answers what the Worker is asked. */
export function serveFilters(modules: Modules): void {
  scope.onmessage = async ({ data }) => {
    try {
      scope.postMessage(await handle(data, modules));
    } catch (error) {
      // No event, or a teardown that throws.
      scope.postMessage({ kind: "failed", error: describe("", error) });
    }
  };
  // What a filter left behind without waiting for it.
  addEventListener("error", (event) => {
    event.preventDefault();
    scope.postMessage({ kind: "failed", error: describe("Not waited for", event.error) });
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    scope.postMessage({ kind: "failed", error: describe("Not waited for", event.reason) });
  });
}
