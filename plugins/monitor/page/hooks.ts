/** What the browser tells about itself. @module */
import { useEffect, useState } from "preact/hooks";

/** Whether a media query holds, now and whenever that changes. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = () => setMatches(list.matches);
    change();
    list.addEventListener("change", change);
    return () => list.removeEventListener("change", change);
  }, [query]);
  return matches;
}

/** A screen that has room for one column only: as in the style. */
export const NARROW = "(max-width: 47.99rem)";
