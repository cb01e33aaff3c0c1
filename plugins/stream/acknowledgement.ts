/** What the engine answers to a message. @module */

/** An answer: the message's place in the stream, or why it is not there. */
export interface Ack {
  readonly error?: { readonly err_code?: number; readonly description: string };
  readonly seq: number;
}

const [ZERO, NINE, END] = [0x30, 0x39, 0x7d];

/** Reads answers. The usual one is read without JSON, as there is one for each message. */
export class AckReader {
  /** What the usual one begins with, up to the place. */
  readonly #usual: Uint8Array;
  readonly #name: string;

  /** @param name the stream's name */
  constructor(name: string) {
    this.#name = name;
    this.#usual = new TextEncoder().encode(`{"stream":${JSON.stringify(name)}, "seq":`);
  }

  /** @throws {Error} if it is no answer of this stream's */
  read(data: Uint8Array): Ack {
    const usual = this.#place(data);
    if (Number.isSafeInteger(usual) && usual > 0) return { seq: usual };
    const text = new TextDecoder().decode(data);
    const { error, stream, seq } = parse(text);
    if (typeof error?.description === "string") return { error, seq: 0 };
    if (stream === this.#name && Number.isSafeInteger(seq) && seq! > 0) return { seq: seq! };
    throw new Error(`The server acknowledges with what is no answer: ${text.slice(0, 80)}`);
  }

  /** The place, if it is all that the answer says; else 0. */
  #place(data: Uint8Array): number {
    const usual = this.#usual;
    if (data.length <= usual.length) return 0;
    for (let i = 0; i < usual.length; i++) if (data[i] !== usual[i]) return 0;
    let place = 0;
    for (let i = usual.length; i < data.length - 1; i++) {
      const digit = data[i]!;
      if (digit < ZERO || digit > NINE) return 0;
      place = 10 * place + digit - ZERO;
    }
    return data[data.length - 1] === END ? place : 0;
  }
}

function parse(text: string): Partial<Ack & { stream: unknown }> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
