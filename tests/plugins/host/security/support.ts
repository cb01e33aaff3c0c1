/** A guarded echo server and its clients, all in this process, over real sockets. */
import { setTimeout as sleep } from "node:timers/promises";
import { Flag, Option, PollEvent, SocketType } from "../../../../ffi/zmq/constants.ts";
import { ConnectionMonitor } from "../../../../ffi/zmq/connections.ts";
import { Message, Poller, ThinContext, ThinSocket } from "../../../../ffi/zmq/thin.ts";
import type { Sites } from "../../../../plugins/host/config/endpoint.ts";
import type { SecurityConfig } from "../../../../plugins/host/config/schema.ts";
import { readConfig } from "../../../../plugins/host/config/read.ts";
import type { ServedApi } from "../../../../plugins/host/apis.ts";
import { openApis, type SocketSite } from "../../../../plugins/host/sockets.ts";
import type { Authenticator } from "../../../../plugins/host/security/authenticator.ts";
import { decodeKey } from "../../../../plugins/host/security/z85.ts";

export const DEFAULTS = readConfig("transport", { format: "none" }).config;

/** Lines of a log, by level. */
export class LogBook {
  readonly lines: string[] = [];
  readonly error = (text: string): void => void this.lines.push(`error ${text}`);
  readonly warning = (text: string): void => void this.lines.push(`warning ${text}`);
  readonly info = (text: string): void => void this.lines.push(`info ${text}`);
  readonly verbose = (text: string): void => void this.lines.push(`verbose ${text}`);
}

/** A CURVE key pair as text. */
export interface KeyPair {
  readonly public: string;
  readonly secret: string;
}

export function makeKeyPair(context: ThinContext): KeyPair {
  const buffers = [new Uint8Array(new ArrayBuffer(41)), new Uint8Array(new ArrayBuffer(41))];
  context.library.symbols.zmq_curve_keypair(buffers[0]!, buffers[1]!);
  const [public_key, secret] = buffers.map((each) =>
    new TextDecoder().decode(each.subarray(0, 40))
  );
  return { public: public_key!, secret: secret! };
}

/** Settings of a server that differ from the defaults. */
export interface ServerOptions {
  readonly security?: Partial<SecurityConfig>;
  readonly sites?: Sites;
  readonly config?: Partial<Pick<typeof DEFAULTS, "peers" | "zeromq">>;
  readonly ipc?: { readonly owner?: string; readonly mode?: string };
}

/** A folder, a context, and what was opened in it. */
export class Stage implements AsyncDisposable {
  readonly context = new ThinContext();
  readonly log = new LogBook();
  readonly folder = Deno.makeTempDirSync({ prefix: "security-" });
  readonly #closers: (() => void)[] = [];

  write(name: string, text: string, mode = 0o644): string {
    const path = `${this.folder}/${name}`;
    Deno.writeTextFileSync(path, text);
    Deno.chmodSync(path, mode);
    return path;
  }

  /** A server with CURVE whose key is in a file, and what clients must know. */
  curve(clients: string, options: ServerOptions = {}): { server: Server; keys: KeyPair } {
    const keys = makeKeyPair(this.context);
    this.write("server.key", `# the secret key\n${keys.secret}\n`, 0o600);
    const security = { mechanism: "curve", secret_key: "server.key", clients } as const;
    const merged = { ...options, security: { ...security, ...options.security } };
    return { server: this.serve(merged), keys };
  }

  serve({ security = {}, sites, config = {}, ipc = {} }: ServerOptions = {}): Server {
    const whole = {
      ...DEFAULTS,
      ...config,
      general: { ...DEFAULTS.general, ipc_owner: ipc.owner ?? "", ipc_mode: ipc.mode ?? "" },
    };
    const api: ServedApi = {
      domain: "janus",
      title: "the Janus API",
      section: "security",
      can: "use Janus",
      config: { ...DEFAULTS.security, ...security },
      sites: sites ?? { mode: "bind", endpoints: [{ endpoint: "tcp://127.0.0.1:*", ipv6: false }] },
    };
    const { context, log, folder } = this;
    const source = {
      checked: { config: whole },
      context,
      log,
      folder,
      root: Deno.realPathSync(folder),
      link: { generation: 1 },
    };
    const { authenticator, opened } = openApis(source, 65_536, [api]);
    try {
      const server = new Server(context, authenticator, opened.get("janus")!);
      this.#closers.push(() => server.close());
      return server;
    } catch (error) {
      authenticator.close();
      throw error;
    }
  }

  /** A DEALER, configured by `setUp` before it connects. */
  client(endpoint: string, setUp: (socket: ThinSocket) => void = () => {}): ThinSocket {
    const socket = new ThinSocket(this.context, SocketType.DEALER);
    socket.setInt(Option.LINGER, 0);
    setUp(socket);
    socket.connect(endpoint);
    this.#closers.push(() => socket.close());
    return socket;
  }

  /** A socket of any type that is closed at the end. */
  socket(type: number): ThinSocket {
    const socket = new ThinSocket(this.context, type);
    socket.setInt(Option.LINGER, 0);
    this.#closers.push(() => socket.close());
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.reverse()) close();
    this.context.terminate();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Sets up a CURVE client. */
export function curveClient(keys: KeyPair, serverKey: string): (socket: ThinSocket) => void {
  return (socket) => {
    socket.setBytes(Option.CURVE_SERVERKEY, decodeKey(serverKey));
    socket.setBytes(Option.CURVE_PUBLICKEY, decodeKey(keys.public));
    socket.setBytes(Option.CURVE_SECRETKEY, decodeKey(keys.secret));
  };
}

/** Sets up a PLAIN client. */
export function plainClient(user: string, password: string): (socket: ThinSocket) => void {
  return (socket) => {
    socket.setBytes(Option.PLAIN_USERNAME, user);
    socket.setBytes(Option.PLAIN_PASSWORD, password);
  };
}

/** Answers each message with the name that its sender has, and waits as the plugins' loop does. */
export class Server {
  readonly socket: ThinSocket;
  readonly endpoints: readonly string[];
  readonly authenticator: Authenticator;
  /** Routing id of the peer last heard. */
  peer = new Uint8Array(new ArrayBuffer(0));
  readonly #monitor: ConnectionMonitor;
  readonly #site: SocketSite;
  readonly #message: Message;
  readonly #poller: Poller;

  constructor(context: ThinContext, authenticator: Authenticator, site: SocketSite) {
    this.authenticator = authenticator;
    this.#site = site;
    this.socket = new ThinSocket(context, SocketType.ROUTER);
    this.socket.setInt(Option.LINGER, 0);
    site.configure(this.socket);
    this.#monitor = new ConnectionMonitor(
      context,
      this.socket,
      (event, value) => site.handshakeFailed(event, value),
    );
    this.#message = new Message(context.library);
    this.#poller = new Poller(8, context.library);
    this.#poller.add(this.socket, PollEvent.IN);
    this.#poller.add(this.#monitor.socket, PollEvent.IN);
    authenticator.watch(this.#poller);
    try {
      this.endpoints = site.open(this.socket);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get endpoint(): string {
    return this.endpoints[0]!;
  }

  /** How many connections send much and have not said who they are; and how many there are. */
  get oversized(): [number, number] {
    return [this.#monitor.oversized(this.#site.handshakeBytes).length, this.#monitor.open];
  }

  close(): void {
    this.#message.close();
    this.#monitor.close();
    this.socket.close();
    this.authenticator.close();
  }

  /** One turn of the loop. */
  async turn(): Promise<void> {
    this.#poller.wait(this.authenticator.timeout < 0 ? 2 : this.authenticator.timeout);
    while (this.authenticator.receive());
    this.#monitor.read();
    while (this.#message.recv(this.socket, Flag.DONTWAIT) >= 0) {
      const id = this.peer = this.#message.copy();
      this.#message.recv(this.socket, 0);
      const name = this.#message.gets("User-Id") ?? "";
      this.socket.send(id, Flag.SNDMORE);
      this.socket.send(new TextEncoder().encode(`hello ${name}`), 0);
    }
    await sleep(0);
  }

  /** What a client is answered; null if it is not within a time (ms). */
  async ask(client: ThinSocket, timeout = 2000): Promise<string | null> {
    let sent = false;
    return await this.until(() => {
      // A socket without a connection takes nothing yet.
      sent ||= client.send(new TextEncoder().encode("who am I?"), Flag.DONTWAIT) >= 0;
      return receive(client);
    }, timeout);
  }

  /** Turns until a line of a log matches; throws after 5 s. */
  async logged(log: LogBook, pattern: RegExp): Promise<void> {
    if (await this.until(() => count(log, pattern) > 0 ? true : null, 5000) !== null) return;
    throw new Error(`No line matches ${pattern}:\n${log.lines.join("\n")}`);
  }

  /** Turns until something is there; null after a time (ms). */
  async until<T>(look: () => T | null, timeout = 2000): Promise<T | null> {
    const end = performance.now() + timeout;
    for (;;) {
      await this.turn();
      const found = look();
      if (found !== null || performance.now() > end) return found;
    }
  }
}

const buffer = new Uint8Array(new ArrayBuffer(4096));

/** A frame as text, null if there is none. */
export function receive(socket: ThinSocket): string | null {
  const size = socket.recv(buffer, Flag.DONTWAIT);
  return size < 0 ? null : new TextDecoder().decode(buffer.subarray(0, size));
}

/** How many lines of a log match. */
export function count(log: LogBook, pattern: RegExp): number {
  return log.lines.filter((line) => pattern.test(line)).length;
}
