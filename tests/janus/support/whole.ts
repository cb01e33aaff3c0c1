/** A Janus with all that the plugins can start: both, hooks, a filter, and a stream of a real NATS server. */
import type { PrivateJanusOptions } from "../../../scripts/private_janus/options.ts";
import { assertEquals } from "../../assert.ts";
import { NatsServer } from "../../plugins/stream/server.ts";
import { Fixture } from "./fixture.ts";
import { companion } from "./stream.ts";

const FILTER = `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
export default defineEventFilter({ name: "seen", events: ["external"],
  filter(event) { event.event.data.seen = true; return event; } });`;

const HOOK = `import { defineTransportHook } from "@janus-zeromq/janus-zeromq";
export default defineTransportHook({ name: "named",
  onReply(message) { return { ...message, hooked: true }; } });`;

/** The five processes that Janus has then, by what they are. */
export interface WholeProcesses {
  readonly transport: number;
  readonly hooks: number;
  readonly events: number;
  readonly filters: number;
  readonly stream: number;
}

/** That Janus, and the server. */
export class Whole implements AsyncDisposable {
  readonly fixture: Fixture;
  readonly server: NatsServer;
  readonly #modules: string;

  private constructor(fixture: Fixture, server: NatsServer, modules: string) {
    this.fixture = fixture;
    this.server = server;
    this.#modules = modules;
  }

  static async start(
    { settings, ...options }: PrivateJanusOptions = {},
  ): Promise<Whole> {
    const modules = await Deno.makeTempDir({ prefix: "modules-" });
    await Deno.chmod(modules, 0o755);
    for (const [name, text] of [["hooks", HOOK], ["filters", FILTER]] as const) {
      await Deno.mkdir(`${modules}/${name}`);
      await Deno.writeTextFile(`${modules}/${name}/one.ts`, text);
    }
    const server = await NatsServer.start();
    try {
      const fixture = await Fixture.start({
        admin: true,
        settings: {
          ...settings,
          transport: { ...settings?.transport, hooks: { modules: [`${modules}/hooks/one.ts`] } },
          event_handler: {
            ...settings?.event_handler,
            general: { sequence: true },
            filters: { modules: [`${modules}/filters/one.ts`] },
            stream: { enabled: true, servers: [server.url], instance: "one" },
          },
        },
        ...options,
      });
      return new Whole(fixture, server, modules);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Its processes, once all are there. */
  async processes(): Promise<WholeProcesses> {
    const { fixture } = this;
    for (const plugin of ["transport", "events"] as const) await fixture.ready(plugin, 0);
    const [transport, events] = [fixture.pid("transport"), fixture.pid("events")];
    const stream = await companion(fixture, this.server);
    let [hooks, filters] = [-1, -1];
    await fixture.waitFor("the processes of hooks and filters", async () => {
      const children = await fixture.janus.children();
      for (const { pid } of children) {
        const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
        if (line.includes(`=${this.#modules}/hooks`)) hooks = pid;
        if (line.includes(`=${this.#modules}/filters`)) filters = pid;
      }
      return hooks > 0 && filters > 0;
    });
    return { transport, hooks, events, filters, stream };
  }

  /** Has a request and a custom event with this `i` go through. */
  async use(i: number): Promise<void> {
    const { fixture } = this;
    await using dealer = fixture.connect("DEALER");
    assertEquals((await fixture.ask(dealer, "ping")).hooked, true);
    await fixture.emit({ i });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    await Deno.remove(this.#modules, { recursive: true });
  }
}
