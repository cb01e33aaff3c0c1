/**
 * Clients that others wrote, as processes that do what the tests tell them: lines of JSON in,
 * lines of JSON out. See `agent.py` (python3-zmq) and `agent.mjs` (npm's zeromq).
 */
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { nodeFolder } from "./node.ts";
import { type SocketOpener, type SocketOptions, TestSocket } from "./socket.ts";

const FOLDER = `${PROJECT_ROOT}/tests/janus/support`;

/** Debian's Python, where python3-zmq is; another one may come first on PATH. */
export const PYTHON = "/usr/bin/python3";

class AgentSocket extends TestSocket {
  readonly id: number;
  readonly #agent: Agent;
  readonly #closed = Promise.withResolvers<void>();

  constructor(agent: Agent, id: number, options: SocketOptions) {
    super(options);
    this.#agent = agent;
    this.id = id;
  }

  override send(...frames: string[]): void {
    this.#agent.tell({ op: "send", socket: this.id, frames });
  }

  protected override async release(): Promise<void> {
    this.#agent.tell({ op: "close", socket: this.id });
    await this.#closed.promise;
  }

  /** What the process says of this socket. */
  hear(line: { frames?: string[]; closed?: boolean; error?: string }): void {
    if (line.frames !== undefined) this.take(line.frames);
    if (line.error !== undefined) this.end(`${this.#agent.name}: ${line.error}`);
    if (line.closed === true) this.#closed.resolve();
  }

  /** Nothing will come of it any more. */
  end(why: string): void {
    this.fail(new Error(why));
    this.#closed.resolve();
  }
}

/** A process with a client library in another language. */
export class Agent implements SocketOpener, AsyncDisposable {
  readonly name: string;
  readonly #process: Deno.ChildProcess & { stdin: WritableStream<Uint8Array<ArrayBuffer>> };
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #sockets = new Map<number, AgentSocket>();
  readonly #finished: Promise<void>;
  #alive = true;

  private constructor(name: string, command: string, args: string[]) {
    this.name = name;
    const process = new Deno.Command(command, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#finished = this.#listen(process);
  }

  /** Python with python3-zmq. @param enter a command that runs the command behind it somewhere */
  static python(enter: readonly string[] = []): Promise<Agent> {
    const [command = "", ...args] = [...enter, PYTHON, `${FOLDER}/agent.py`];
    return Promise.resolve(new Agent("Python", command, args));
  }

  /** Node with npm's zeromq; installs it on first use. */
  static async node(): Promise<Agent> {
    const folder = await nodeFolder();
    // Node looks for packages from where the file lies.
    const program = `${folder}/agent-${crypto.randomUUID()}.mjs`;
    await Deno.copyFile(`${FOLDER}/agent.mjs`, program);
    const agent = new Agent("Node", "node", [program]);
    agent.#finished.finally(() => Deno.remove(program));
    return agent;
  }

  open(options: SocketOptions): TestSocket {
    const socket = new AgentSocket(this, this.#sockets.size + 1, options);
    this.#sockets.set(socket.id, socket);
    this.tell({ op: "open", socket: socket.id, ...options });
    return socket;
  }

  /** Writes a command. */
  tell(command: Record<string, unknown>): void {
    if (!this.#alive) throw new Error(`Cannot tell ${this.name}: it has ended`);
    const line = new TextEncoder().encode(`${JSON.stringify(command)}\n`);
    this.#writer.write(line).catch(() => {}); // it has just ended, as its sockets will say
  }

  /** Stops the process where it is, its ZeroMQ threads too, until {@linkcode resume}. */
  stop(): void {
    this.#process.kill("SIGSTOP");
  }

  /** Lets it go on. */
  resume(): void {
    this.#process.kill("SIGCONT");
  }

  /** Ends the process as a crash would: its sockets are closed by the kernel. */
  async kill(): Promise<void> {
    if (this.#alive) this.#process.kill("SIGKILL");
    await this.#finished;
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#finished;
  }

  async #listen(process: Deno.ChildProcess & { stdout: ReadableStream<Uint8Array<ArrayBuffer>> }) {
    let rest = "";
    for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const said = JSON.parse(line);
        this.#sockets.get(said.socket)?.hear(said);
      }
    }
    await process.status;
    this.#alive = false;
    for (const socket of this.#sockets.values()) socket.end(`${this.name} has ended`);
  }
}
