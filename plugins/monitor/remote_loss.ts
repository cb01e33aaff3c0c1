/** What a peer reports as lost, followed through Janus's mixture of report blocks. @module */

/** The report blocks of one stream: a peer reports each stream that it gets in a block of its own. */
interface Block {
  /** Packets lost, in all. */
  lost: number;
  /** What had gone to the peer when it was seen last, and one statistic before that. */
  gone: number;
  before: number;
  /** When that was (us). */
  made: number;
}

/** Packets lost, of how many; not a number if that is not known. */
export interface Lost {
  readonly lost: number;
  readonly of: number;
}

const UNKNOWN: Lost = { lost: NaN, of: NaN };
/** A counter that has not been seen for so long (us) has begun anew. */
const FORGOTTEN_US = 60e6;

/**
 * Follows `lost-by-remote`. Janus shows the latest report block, whichever stream that is of: the medium's,
 * or that of its retransmissions. So the count jumps to and fro. A count goes on with the nearest one before
 * it that it can come from, as no more is lost than has gone. What is not the medium's is left out.
 */
export class RemoteLoss {
  #main: Block | null;
  #other: Block | null = null;
  #gone = 0;

  /** @param counted true if all is counted from 0 on */
  constructor(counted: boolean) {
    this.#main = counted ? from(0) : null;
  }

  /** All is counted from 0 again. */
  reset(): void {
    this.#main = from(0);
    this.#other = null;
    this.#gone = 0;
  }

  /**
   * Takes a count in.
   *
   * @param lost packets lost, in all
   * @param gone packets that the peer should have, in all
   * @param made when that was (us)
   * @returns what is new since the count of the same block before
   */
  take(lost: number, gone: number, made: number): Lost {
    const before = this.#gone;
    this.#gone = gone;
    const [main, other] = [this.#main, this.#other];
    const seen: Block = { lost, gone, before, made };
    if (main === null) {
      this.#main = seen;
      return UNKNOWN;
    }
    const isMain = follows(seen, main);
    if (other !== null && follows(seen, other) && !(isMain && main.lost >= other.lost)) {
      this.#other = seen;
      // More is lost of the medium than of its retransmissions.
      if (lost <= main.lost && made - main.made < FORGOTTEN_US) return UNKNOWN;
      this.#main = seen;
      this.#other = main;
      return since(seen, other);
    }
    if (!isMain) {
      this.#other = seen;
      return UNKNOWN;
    }
    this.#main = seen;
    return since(seen, main);
  }
}

function from(gone: number): Block {
  return { lost: 0, gone, before: gone, made: 0 };
}

/**
 * Reports are late: what has gone a statistic earlier may be among it. Of two statistics half may be lost, so
 * all of one. If it is more at once, the next count tells.
 */
function follows(seen: Block, block: Block): boolean {
  return seen.lost >= block.lost && seen.lost - block.lost <= (seen.gone - block.before) / 2;
}

function since(seen: Block, block: Block): Lost {
  return { lost: seen.lost - block.lost, of: seen.gone - block.gone };
}
