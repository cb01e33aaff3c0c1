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

  /** @param name the stream's name */
  constructor(name: string) {
    this.#usual = new TextEncoder().encode(`{"stream":${JSON.stringify(name)}, "seq":`);
  }

  /** @throws {SyntaxError} if it is no JSON */
  read(data: Uint8Array): Ack {
    const seq = this.#place(data);
    return seq > 0 ? { seq } : JSON.parse(new TextDecoder().decode(data));
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
