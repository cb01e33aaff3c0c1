/** Real WebRTC calls to the echo test of a Janus that has a network of its own. */
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { LogLines } from "../../../scripts/private_janus/log_lines.ts";
import { capture } from "../../../scripts/lib/run.ts";
import { mergeSettings } from "../../../scripts/private_janus/config.ts";
import type { PrivateJanusOptions } from "../../../scripts/private_janus/options.ts";
import type { JanusHandleEvent, Jsep } from "../../../mod.ts";
import { Fixture } from "./fixture.ts";
import { privateNetwork } from "./namespace.ts";
import type { CallDescription, CallerOptions } from "./caller.ts";
import type { Received } from "./peer.ts";
import { PATIENCE } from "./socket.ts";

const CALLER = `${PROJECT_ROOT}/tests/janus/support/caller.ts`;

/** What a caller can be told to do. */
export type Order = "pause" | "resume" | "hangup" | "detach" | "destroy" | `lose ${number}`;

/** What a call may be told. */
export type CallOptions = Partial<Omit<CallerOptions, "endpoint">>;

/** Starts a Janus that calls can be made to: in its own network, with statistics every second. */
export async function startForCalls(options: PrivateJanusOptions = {}): Promise<Fixture> {
  const { wrapper } = await privateNetwork();
  return await Fixture.start({
    admin: true,
    ipc: true,
    ...options,
    wrapper: [...wrapper, ...options.wrapper ?? []],
    settings: {
      ...options.settings,
      janus: mergeSettings({
        media: { ipv6: false, slowlink_threshold: 2 },
        events: { broadcast: true, stats_period: 1 },
      }, options.settings?.janus),
    },
  });
}

let cached: Promise<void> | undefined;

/** Has all that the caller imports at hand: its network doesn't reach npm's registry. */
function cacheCaller(): Promise<void> {
  return cached ??= cache();
}

async function cache(): Promise<void> {
  const output = await capture(Deno.execPath(), ["cache", CALLER], { cwd: PROJECT_ROOT });
  if (output?.code !== 0) throw new Error(`Cannot fetch what calls need: ${output?.stderr}`);
}

/** A call: a process with a client of the transport and a peer of WebRTC's. */
export class Call implements AsyncDisposable, CallDescription {
  readonly session_id: number;
  readonly handle_id: number;
  /** As it was sent. */
  readonly offer: Jsep;
  /** As it came. */
  readonly answer: Jsep;
  readonly #caller: Caller;

  private constructor(caller: Caller, description: CallDescription) {
    this.#caller = caller;
    this.session_id = description.session_id;
    this.handle_id = description.handle_id;
    this.offer = description.offer;
    this.answer = description.answer;
  }

  /** Calls the echo test, and waits until media can flow. It flows until the call is over. */
  static async start(fixture: Fixture, options: CallOptions = {}): Promise<Call> {
    const [{ enter }] = await Promise.all([privateNetwork(), cacheCaller()]);
    const caller = new Caller(enter(fixture.janus.pid), {
      endpoint: fixture.janus.endpoints.api,
      opaqueId: "caller",
      trickle: false,
      data: false,
      ...options,
    });
    try {
      const call = new Call(caller, await caller.hear("call") as CallDescription);
      await call.event("webrtcup");
      return call;
    } catch (error) {
      await caller.kill();
      throw error;
    }
  }

  /** Waits until the caller is told this of its handle by Janus, before or after now. */
  async event(name: JanusHandleEvent["janus"]): Promise<JanusHandleEvent> {
    return await this.#caller.hear("event", `"janus":"${name}"`) as JanusHandleEvent;
  }

  /** What came back until now. */
  async received(): Promise<Received> {
    return await this.#caller.tell("count") as Received;
  }

  /** Has the caller do something, and waits until it is done. */
  async tell(order: Order): Promise<void> {
    await this.#caller.tell(order);
  }

  /** Ends the caller as a crash would: Janus hears nothing of it but that its connection is gone. */
  async kill(): Promise<void> {
    await this.#caller.kill();
  }

  /** Has the caller do and answer nothing, as if its machine slept, or go on. */
  freeze(frozen: boolean): void {
    this.#caller.freeze(frozen);
  }

  /** Ends the call, and the caller with it, in good order. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#caller.end();
  }
}

/** The process. */
class Caller {
  readonly #process: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #said = new LogLines();
  readonly #finished: Promise<Deno.CommandStatus>;
  #killed = false;
  #frozen = false;

  constructor(enter: readonly string[], options: CallerOptions) {
    const [command = "", ...args] = [
      ...enter,
      ...[Deno.execPath(), "run", "-A", "--cached-only", CALLER, JSON.stringify(options)],
    ];
    const process = new Deno.Command(command, {
      args,
      cwd: PROJECT_ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#process = process;
    this.#orders = process.stdin.getWriter();
    this.#finished = this.#follow(process);
  }

  /** The first line of a kind that contains a text, as soon as it is there. */
  async hear(kind: "call" | "event" | "done", text = "", since = 0): Promise<unknown> {
    const pattern = new RegExp(`^${kind} (.*${text}.*)`);
    const [, json = ""] = await this.#said.waitFor(pattern, PATIENCE, since);
    return JSON.parse(json);
  }

  /** Gives an order, and waits until it is done; returns what came of it. */
  async tell(order: Order | "count"): Promise<unknown> {
    const since = this.#said.count;
    await this.#orders.write(new TextEncoder().encode(`${order}\n`));
    return await this.hear("done", "", since);
  }

  freeze(frozen: boolean): void {
    this.#frozen = frozen;
    this.#process.kill(frozen ? "SIGSTOP" : "SIGCONT");
  }

  async kill(): Promise<void> {
    this.#killed = true;
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#finished;
  }

  async end(): Promise<void> {
    if (this.#frozen) this.freeze(false);
    await this.#orders.close().catch(() => {});
    const { code } = await this.#finished;
    if (code === 0 || this.#killed) return;
    throw new Error(`The caller has failed:\n${this.#said.tail().join("\n")}`);
  }

  async #follow(
    process: Deno.ChildProcess & {
      readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
      readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
    },
  ): Promise<Deno.CommandStatus> {
    await Promise.all([this.#said.drain(process.stdout), this.#said.drain(process.stderr)]);
    const status = await process.status;
    this.#said.end("the caller has ended");
    return status;
  }
}
