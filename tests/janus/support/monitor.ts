/** A running monitor, and what it serves. */
import type { CallCourse, Frame, ServerState, Snapshot } from "../../../plugins/monitor/wire.ts";
import { sleep } from "../../../scripts/lib/waiting.ts";
import { assert, assertEquals } from "../../assert.ts";
import { startTask, WatchedTask } from "../../scripts/task.ts";
import type { Fixture } from "./fixture.ts";
import { PATIENCE } from "./socket.ts";

/** A monitor, as `deno task monitor` starts it. */
export class RunningMonitor implements AsyncDisposable {
  readonly task: WatchedTask;
  /** Where it serves. */
  readonly address: string;

  private constructor(task: WatchedTask, address: string) {
    this.task = task;
    this.address = address;
  }

  /** Starts one, on a port of its own. */
  static async start(...args: string[]): Promise<RunningMonitor> {
    const process = startTask("monitor", ["--listen", "127.0.0.1:0", ...args], { cwd: "/" });
    const task = new WatchedTask(process);
    await task.until(({ stdout }) => stdout.includes("/metrics"));
    const address = /(http:\/\/\S+)\/metrics/.exec(task.stdout)?.[1];
    assert(address !== undefined, task.stdout);
    return new RunningMonitor(task, address);
  }

  /** One of a fixture's Janus, with its Admin API; ready. */
  static async of(fixture: Fixture, ...args: string[]): Promise<RunningMonitor> {
    const { endpoints, admin_secret } = fixture.janus;
    const file = `${fixture.janus.folder}/admin-secret`;
    await Deno.writeTextFile(file, `${admin_secret}\n`);
    const monitor = await RunningMonitor.start(
      ...["--events", endpoints.events, "--admin", endpoints.admin],
      ...["--admin-secret-file", file, ...args],
    );
    await monitor.ready();
    return monitor;
  }

  /** What is at a path. */
  async get(path: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
    const response = await fetch(`${this.address}${path}`, init);
    return { status: response.status, text: await response.text() };
  }

  /** Waits until everything is connected. */
  async ready(): Promise<void> {
    await this.until("to be ready", async () => (await this.get("/-/ready")).status === 200);
  }

  /** A metric's samples by their labels, without the server's. */
  async metric(name: string): Promise<Record<string, number>> {
    const { text } = await this.get("/metrics");
    const found: Record<string, number> = {};
    for (const line of text.split("\n")) {
      const match = /^(\w+)\{instance_name="[^"]*",?(.*)\} (\S+)$/.exec(line);
      if (match?.[1] === name) found[match[2]!] = Number(match[3]);
    }
    return found;
  }

  /** All there is, as a browser is told first. */
  async snapshot(): Promise<Snapshot> {
    for await (const frame of this.frames()) if (frame.kind === "snapshot") return frame;
    throw new Error("The stream of frames has ended");
  }

  /** The first server, as a browser is told. */
  async server(): Promise<ServerState> {
    return (await this.snapshot()).servers[0]!;
  }

  /** The course of a call. */
  async call(handle: number): Promise<CallCourse> {
    const { status, text } = await this.get(`/api/call?server=0&handle=${handle}`);
    assertEquals(status, 200, text);
    return JSON.parse(text);
  }

  /** What a browser is told, until the reader breaks off. */
  async *frames(): AsyncGenerator<Frame, void> {
    const response = await fetch(`${this.address}/api/events`);
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    let rest = "";
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) yield JSON.parse(/^data: (.*)$/m.exec(part)![1]!);
    }
  }

  /** Waits until something is true. */
  async until(what: string, test: () => Promise<boolean>, patience = PATIENCE): Promise<void> {
    const end = performance.now() + patience;
    while (!(await test())) {
      const said = `${this.task.stdout}\n${this.task.stderr}`;
      assert(performance.now() < end, `Waited for the monitor ${what}; it said:\n${said}`);
      await sleep(50);
    }
  }

  /** Ends it, which must go well. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.task.interrupt();
    const { code, stderr } = await this.task.end();
    assertEquals(code, 0, stderr);
  }
}
