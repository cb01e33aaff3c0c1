/** What was meant by a name that does not exist. */
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The known name that is most like it; null if more than half of its letters are others. */
export function nearestName(given: string, known: readonly string[]): string | null {
  let [nearest, least]: [string | null, number] = [null, Infinity];
  for (const name of known) {
    const slips = levenshteinDistance(given, name);
    if (slips < least && slips <= name.replace(/^-+/, "").length / 2) {
      [nearest, least] = [name, slips];
    }
  }
  return nearest;
}
