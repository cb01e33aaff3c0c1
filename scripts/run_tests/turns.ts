/** Showing what several programs say at once. */

/** Where one of the programs writes. */
export interface Turn {
  write(text: string): void;
  /** It has said all. */
  end(): void;
}

interface Kept extends Turn {
  text: string;
  ended: boolean;
}

/** Shows each program's words together: one's as they come, the others' after it. */
export class Turns {
  readonly #show: (text: string) => void;
  /** The first is shown as it speaks. */
  readonly #open: Kept[] = [];

  /** @param show what shows a text */
  constructor(show: (text: string) => void) {
    this.#show = show;
  }

  /** Lets one more speak. */
  begin(): Turn {
    const kept: Kept = {
      text: "",
      ended: false,
      write: (text) => {
        if (this.#open[0] === kept) this.#show(text);
        else kept.text += text;
      },
      end: () => {
        kept.ended = true;
        if (this.#open[0] === kept) this.#next();
      },
    };
    this.#open.push(kept);
    return kept;
  }

  #next(): void {
    this.#open.shift();
    // Who is done comes before who will still go on.
    const [done, open] = [
      this.#open.filter((one) => one.ended),
      this.#open.filter((one) => !one.ended),
    ];
    for (const { text } of done) this.#show(text);
    this.#open.splice(0, Infinity, ...open);
    const first = open[0];
    if (first === undefined) return;
    this.#show(first.text);
    first.text = "";
  }
}
