/** A peer of a ZeroMQ socket that speaks ZMTP 3 by itself, and says what no library would. */

const encoder = new TextEncoder();
const MORE = 1, LONG = 2, COMMAND = 4;

/** A frame: one byte of flags, its size, its bytes. */
export function frame(body: Uint8Array | string, more = false): Uint8Array<ArrayBuffer> {
  return framed(typeof body === "string" ? encoder.encode(body) : body, more ? MORE : 0);
}

function framed(body: Uint8Array, flags: number): Uint8Array<ArrayBuffer> {
  if (body.length < 256) return Uint8Array.from([flags, body.length, ...body]);
  const bytes = new Uint8Array(9 + body.length);
  bytes[0] = flags | LONG;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(body.length));
  bytes.set(body, 9);
  return bytes;
}

/** The same bytes so many times. */
export function repeated(bytes: Uint8Array, times: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length);
  return all;
}

/** The beginning of a command of so many bytes, without them. */
export function longCommand(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(9);
  bytes[0] = COMMAND | LONG;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(size));
  return bytes;
}

/** One connection; through the handshake of mechanism NULL, if it is connected. */
export class RawPeer implements Disposable {
  readonly #connection: Deno.Conn;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects, and says what mechanism it wants, and no more. @param endpoint `tcp://127.0.0.1:PORT` */
  static async greet(endpoint: string, mechanism: "NULL" | "PLAIN" | "CURVE"): Promise<RawPeer> {
    const port = Number(endpoint.split(":").at(-1));
    const peer = new RawPeer(await Deno.connect({ hostname: "127.0.0.1", port }));
    const greeting = new Uint8Array(64);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, ...encoder.encode(mechanism)]);
    await peer.send(greeting);
    return peer;
  }

  /** Connects. @param endpoint `tcp://127.0.0.1:PORT` */
  static async connect(endpoint: string, type: "DEALER" | "SUB"): Promise<RawPeer> {
    const peer = await RawPeer.greet(endpoint, "NULL");
    const name = encoder.encode("\x05READY\x0bSocket-Type");
    await peer.send(framed(
      Uint8Array.from([...name, 0, 0, 0, type.length, ...encoder.encode(type)]),
      COMMAND,
    ));
    await peer.#ready();
    return peer;
  }

  /** Waits until the other end has said READY: whoever says more before has broken the protocol. */
  async #ready(): Promise<void> {
    const bytes = new Uint8Array(4096);
    const decoder = new TextDecoder();
    for (let said = ""; !said.includes("READY");) {
      const count = await this.#connection.read(bytes);
      if (count === null) throw new Error("The other end hung up in the handshake");
      said += decoder.decode(bytes.subarray(0, count));
    }
  }

  /** Sends bytes as they are. @throws {Error} once the other end has hung up */
  async send(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }

  /** Sends the same again and again until the other end hangs up, or for so long (ms). @returns whether it did */
  async flood(bytes: Uint8Array, ms: number): Promise<boolean> {
    for (const end = Date.now() + ms; Date.now() < end;) {
      try {
        await this.send(bytes);
      } catch {
        return true;
      }
    }
    return false;
  }

  /** True once the other end has hung up; it may say something before. */
  async hungUp(): Promise<boolean> {
    const bytes = new Uint8Array(65_536);
    try {
      while (await this.#connection.read(bytes) !== null);
    } catch {
      // Reset.
    }
    return true;
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // It is closed.
    }
  }
}
