/** A real Janus with filters of the test's own. */
import type { JcfgValue } from "../../../scripts/private_janus/config.ts";
import { Fixture } from "./fixture.ts";
import type { Json, TestSocket } from "./socket.ts";

/** What filters begin with. */
export const HEAD = `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";\n`;

/** A filter of custom events. */
export function filter(name: string, body: string, more = ""): string {
  return `${HEAD}export default defineEventFilter({
  name: "${name}", events: ["external"], ${more}
  filter(event: any, ctx) { const data = event.event.data; ${body} } });`;
}

/** A Janus with filters in a folder of the test's own. */
export class Filtered implements AsyncDisposable {
  readonly folder: string;
  readonly fixture: Fixture;

  private constructor(folder: string, fixture: Fixture) {
    this.folder = folder;
    this.fixture = fixture;
  }

  static async start(
    files: Record<string, string>,
    more: {
      filters?: Record<string, JcfgValue>;
      general?: Record<string, boolean>;
      env?: Record<string, string>;
      runtime?: Record<string, number>;
      permissions?: string;
    } = {},
    modules = Object.keys(files),
  ): Promise<Filtered> {
    const folder = await Deno.makeTempDir({ prefix: "filters-" });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const fixture = await Fixture.start({
      admin: true,
      env: more.env ?? {},
      settings: {
        janus: { events: { broadcast: true } },
        event_handler: {
          general: more.general ?? {},
          runtime: { deno: Deno.execPath(), ...more.runtime },
          filters: { modules: modules.map((name) => `${folder}/${name}`), ...more.filters },
        },
      },
    });
    return new Filtered(folder, fixture);
  }

  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/${name}`, text);
  }

  /** Emits numbered events, and gives what comes of them. */
  async numbered(sub: TestSocket, count: number, from = 0): Promise<Json[]> {
    for (let n = from; n < from + count; n++) await this.fixture.emit({ n });
    return await this.mark(sub);
  }

  /** Custom events up to one that is emitted now. */
  async mark(sub: TestSocket): Promise<Json[]> {
    const mark = crypto.randomUUID();
    await this.fixture.emit({ mark });
    const events = await sub.until((event) => event.event.data?.mark === mark);
    return events.slice(0, -1).filter(({ type }) => type === 4);
  }

  async info(): Promise<Json[]> {
    return (await this.fixture.query("events", { request: "info" })).filters;
  }

  line(pattern: RegExp): Promise<RegExpExecArray> {
    return this.fixture.janus.waitForLog(pattern, 15_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
