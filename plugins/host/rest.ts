/** When the loop has come to rest after it was busy. @module */

/** Turns of the loop are counted over so long (ms). */
const WINDOW_MS = 2000;
/** So many in that time, and the loop is busy; no more than so many, and it rests. */
const [BUSY, QUIET] = [1000, 100];

/**
 * Has what load needed given back once it is over: what is done for that takes some milliseconds, and
 * more at the next load, so it is not done between two requests.
 */
export class Rest {
  readonly #giveBack: () => void;
  #until = 0;
  #turns = 0;
  #wasBusy = false;

  /** @param giveBack called once for each time that the loop comes to rest */
  constructor(giveBack: () => void) {
    this.#giveBack = giveBack;
  }

  /** When (ms) {@linkcode turn} is to be called at the latest; Infinity if that is not known. */
  get deadline(): number {
    return this.#wasBusy ? this.#until : Infinity;
  }

  /** To be called in each turn of the loop. */
  turn(now: number): void {
    this.#turns++;
    if (now < this.#until) return;
    if (this.#turns >= BUSY) this.#wasBusy = true;
    else if (this.#wasBusy && this.#turns <= QUIET) {
      this.#wasBusy = false;
      this.#giveBack();
    }
    this.#turns = 0;
    this.#until = now + WINDOW_MS;
  }
}
