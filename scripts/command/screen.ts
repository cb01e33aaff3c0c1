/** A terminal taken over for a while: another screen, no cursor, and keys one by one. */

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** The bytes of q, Q, Ctrl-C and Ctrl-D. */
const END_KEYS = [0x71, 0x51, 0x03, 0x04];

/** The terminal; as it was, once disposed of. */
export class Screen implements Disposable {
  readonly #redraw: () => void;
  readonly #keys: boolean;
  #closed = false;

  /**
   * @param redraw called where the size has changed
   * @param end called for a key that means it
   */
  constructor(redraw: () => void, end: () => void) {
    this.#redraw = redraw;
    this.#keys = Deno.stdin.isTerminal();
    if (this.#keys) Deno.stdin.setRaw(true);
    write(ENTER);
    Deno.addSignalListener("SIGWINCH", redraw);
    if (this.#keys) this.#read(end);
  }

  /** The room that there is. */
  get size(): { readonly columns: number; readonly rows: number } {
    try {
      const { columns, rows } = Deno.consoleSize();
      if (columns > 0 && rows > 0) return { columns, rows };
    } catch {
      // A terminal that does not tell.
    }
    return { columns: 80, rows: 24 };
  }

  /** Shows lines, and nothing else. */
  show(lines: readonly string[]): void {
    if (!this.#closed) write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`);
  }

  /** Gives it back. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    Deno.removeSignalListener("SIGWINCH", this.#redraw);
    try {
      write(LEAVE);
      if (this.#keys) Deno.stdin.setRaw(false);
    } catch {
      // It was closed.
    }
  }

  async #read(end: () => void): Promise<void> {
    const bytes = new Uint8Array(64);
    try {
      for (let count; (count = await Deno.stdin.read(bytes)) !== null;) {
        // What a terminal sends of its own begins with ESC.
        if (bytes[0] !== 0x1b && bytes.subarray(0, count).some((one) => END_KEYS.includes(one))) {
          break;
        }
      }
    } catch {
      // It was closed.
    }
    end();
  }
}

function write(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
}
