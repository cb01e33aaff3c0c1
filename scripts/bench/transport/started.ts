/** The first requests of a Janus that has just started: nothing is compiled or cached yet. */
import type { Noise } from "../frame/noise.ts";
import { inTurn } from "../frame/turns.ts";
import { type Bench, NOISE_MS } from "./compare.ts";
import type { Key } from "./contestants.ts";
import { JanusUnderTest } from "./janus_under_test.ts";
import { measureOnce } from "./load.ts";
import { SampleBook, type Samples } from "./samples.ts";

/** Who is started. */
export const STARTED: readonly Key[] = ["zeromq", "native", "nanomsg"];

/** Requests under way at a time. */
export const STARTED_WINDOWS = [1, 128] as const;

/** What was found. */
export interface Started {
  readonly samples: Samples;
  readonly noise: readonly Noise[];
}

/** How much is measured. */
export interface StartedPlan {
  readonly rounds: number;
  /** Milliseconds from the first request on. */
  readonly measure: number;
}

/** Measures, each time in a Janus of its own with that transport alone. */
export async function measureStarted(
  { rounds, measure }: StartedPlan,
  { prepared, noise, run: { signal, progress } }: Bench,
): Promise<Started> {
  const contestants = prepared.contestants.filter(({ key }) => STARTED.includes(key));
  const book = new SampleBook();
  const looks: Noise[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`just started: round ${round + 1} of ${rounds}`);
    for (const window of STARTED_WINDOWS) {
      for (const one of inTurn(contestants, round)) {
        signal.throwIfAborted();
        const { key, backend } = one;
        await using janus = await JanusUnderTest.start([one], prepared);
        const [address, watched] = [janus.address(key), janus.watched(key)];
        const timing = { warmup: 0, measure };
        const options = one.options(window);
        book.add(
          key,
          window,
          await measureOnce(backend, address, watched, options, window, timing),
        );
      }
    }
    looks.push(await noise.look(NOISE_MS));
  }
  return { samples: book.all, noise: looks };
}
