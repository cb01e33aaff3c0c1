/** Which curve has which color. @module */

/** How many colors there are, and those of what most calls have. */
const COLORS = 6;
const KINDS: readonly string[] = ["audio", "video", "video-sim1", "video-sim2", "data"];

/** Which color each medium has: a kind has the same in all calls; more of a kind have what is left. */
export function colorsOf(media: readonly { readonly media: string }[]): number[] {
  const taken = new Set(media.map(({ media }) => KINDS.indexOf(media)).filter((at) => at >= 0));
  const seen = new Set<number>();
  const all = Array.from({ length: COLORS }, (_, index) => COLORS - 1 - index);
  const left = all.filter((color) => !taken.has(color));
  return media.map(({ media }) => {
    const own = KINDS.indexOf(media);
    if (own >= 0 && !seen.has(own)) {
      seen.add(own);
      return own;
    }
    return left.shift() ?? COLORS - 1;
  });
}
