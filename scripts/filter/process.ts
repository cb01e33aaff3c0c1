/** Filters in a Worker, as in the plugin: without permissions, and stopped when they hang. */
import { pathToFileURL } from "node:url";
import { PLACES } from "../command/place.ts";
import type { LoggedLine } from "../../plugins/sdk/test_modules.ts";
import type { FilterOutcome, FromWorker, LoadedFilter, ToWorker } from "./messages.ts";

/** What filters are granted, as `filters.permissions` has it. */
export interface Permissions {
  readonly net: readonly string[];
  readonly read: readonly string[];
  readonly env: readonly string[];
}

/** How filters are run. */
export interface FilterProcessOptions {
  /** URLs of the modules, in order. */
  readonly modules: readonly string[];
  readonly permissions: Permissions;
  /** Milliseconds that they may take for one event, or to be set up. */
  readonly timeout: number;
  /** Called with each line that a filter writes to the log. */
  readonly onLog: (filter: string, line: LoggedLine) => void;
}

/** Thrown where filters can't be loaded, don't come to an end, or break down. */
export class FilterStoppedError extends Error {
  override name = "FilterStoppedError";
  /** `file:///...:line:column`, the innermost first. */
  readonly places: readonly string[];

  constructor(message: string, places: readonly string[] = []) {
    super(message);
    this.places = places;
  }
}

/** Loading a module takes time of its own. */
const LOAD_TIME = 10_000;

/** A module that imports the filters: see filter_worker.ts. */
function firstModule(modules: readonly string[]): string {
  const server = pathToFileURL(PLACES.worker).href;
  const items = modules.map(quoted).map((url) => `[${url}, () => import(${url})]`);
  const code = `import { serveFilters } from ${quoted(server)}; serveFilters([${items.join()}]);`;
  return `data:application/javascript,${encodeURIComponent(code)}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Filters that run apart, one event at a time. */
export class FilterProcess {
  readonly #options: FilterProcessOptions;
  readonly #worker: Worker;
  #answer: PromiseWithResolvers<FromWorker> | null = null;
  /** What failed while nothing was asked. */
  #failed: FromWorker | null = null;
  /** The filters, in order. */
  filters: readonly LoadedFilter[] = [];

  private constructor(options: FilterProcessOptions) {
    this.#options = options;
    const { net, read, env } = options.permissions;
    const granted = (list: readonly string[]) => list.length > 0 ? [...list] : false;
    this.#worker = new Worker(firstModule(options.modules), {
      type: "module",
      deno: {
        permissions: {
          net: granted(net),
          read: granted(read),
          env: granted(env),
          ffi: false,
          run: false,
          sys: false,
          write: false,
          import: false,
        },
      },
    } as WorkerOptions);
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === "log") options.onLog(data.filter, data.line);
      else if (this.#answer !== null) this.#answer.resolve(data);
      else this.#failed ??= data;
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const place = event.filename ? [`${event.filename}:${event.lineno}:${event.colno}`] : [];
      this.#answer?.reject(new FilterStoppedError(event.message, place));
    };
  }

  /** Starts the worker and loads the filters. @throws {FilterStoppedError} saying why it can't */
  static async start(options: FilterProcessOptions): Promise<FilterProcess> {
    const started = new FilterProcess(options);
    try {
      const answer = await started.#ask({ kind: "load" }, LOAD_TIME);
      if (answer.kind === "loaded") started.filters = answer.filters;
      return started;
    } catch (error) {
      started.stop();
      throw error;
    }
  }

  /** Gives an event to the filters. @throws {FilterStoppedError} after which it is of no more use */
  async run(text: string): Promise<FilterOutcome> {
    const answer = await this.#ask({ kind: "event", text }, this.#options.timeout);
    if (answer.kind !== "outcome") throw new FilterStoppedError(`Unexpected: ${answer.kind}`);
    return answer;
  }

  /** Tears the filters down, and ends. @throws {FilterStoppedError} if a teardown fails */
  async end(): Promise<void> {
    try {
      await this.#ask({ kind: "end" }, this.#options.timeout);
    } finally {
      this.stop();
    }
  }

  /** Ends the worker, whatever it does. */
  stop(): void {
    this.#worker.terminate();
  }

  async #ask(message: ToWorker, timeout: number): Promise<FromWorker> {
    const answer = Promise.withResolvers<FromWorker>();
    this.#answer = answer;
    const timer = setTimeout(() => {
      answer.reject(new FilterStoppedError(`It did not return within ${timeout} ms: stopped`));
    }, timeout);
    try {
      this.#worker.postMessage(message);
      const given = this.#failed ?? await answer.promise;
      if (given.kind !== "failed") return given;
      const { filter, message: text, places } = given.error;
      const subject = filter === "" || filter.startsWith("file:") ? "" : `${filter}: `;
      throw new FilterStoppedError(subject + text, places);
    } finally {
      clearTimeout(timer);
      this.#answer = null;
    }
  }
}
