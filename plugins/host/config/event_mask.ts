/**
 * Masks of Janus's event types, as `janus_events_edit_events_mask` in Janus's `events.c` reads them.
 */
import { closestString } from "@std/text/closest-string";
import { EVENT_LABELS, EVENT_TYPES, type EventLabel } from "../../janus/event_types.ts";

export const EVENT_MASK_NONE = 0;
export const EVENT_MASK_ALL = EVENT_LABELS.reduce((mask, label) => mask | EVENT_TYPES[label], 0);

/** The labels in a mask, in the order of their bits. */
export function eventLabels(mask: number): EventLabel[] {
  return EVENT_LABELS.filter((label) => (mask & EVENT_TYPES[label]) !== 0);
}

/** What a mask means, in words: `all types: sessions, ...`, `none: nothing is published` or the types. */
export function describeMask(mask: number): string {
  if (mask === EVENT_MASK_NONE) return "none: nothing is published";
  const labels = eventLabels(mask).join(", ");
  return mask === EVENT_MASK_ALL ? `all types: ${labels}` : labels;
}

/** What an event mask may look like. */
export const EVENT_MASK_FORMS = `"none", "all" or a list of ${EVENT_LABELS.join(", ")}`;

/** A mask, or why there is none: one fault for each label that is wrong. */
export type ParsedMask = { readonly mask: number } | { readonly faults: readonly string[] };

/**
 * Reads a mask from `"none"`, `"all"` or a comma-separated list, or from its parts.
 *
 * As in Janus, case does not matter and blanks around labels are skipped. Unlike in Janus, a label
 * that does not exist is refused rather than skipped: a typing error would silently cost events.
 */
export function parseEventMask(source: string | readonly string[]): ParsedMask {
  const labels = (typeof source === "string" ? source.split(",") : source)
    .map((label) => label.trim());
  if (labels.every((label) => label === "")) {
    return { faults: [`is empty; write "none" for no events, or ${EVENT_MASK_FORMS}`] };
  }
  let mask = EVENT_MASK_NONE;
  const faults: string[] = [];
  for (const label of labels) {
    const lower = label.toLowerCase();
    if (Object.hasOwn(EVENT_TYPES, lower)) {
      mask |= EVENT_TYPES[lower as EventLabel];
    } else if (lower === "none" || lower === "all") {
      if (labels.length > 1) faults.push(`"${lower}" stands alone, not in a list with others`);
      else if (lower === "all") mask = EVENT_MASK_ALL;
    } else if (lower === "") {
      faults.push("the list has an empty label in it");
    } else {
      faults.push(unknownLabel(label));
    }
  }
  return faults.length > 0 ? { faults } : { mask };
}

function unknownLabel(label: string): string {
  const nearest = closestString(label.toLowerCase(), ["none", "all", ...EVENT_LABELS]);
  return `${JSON.stringify(label)} is not an event type; the nearest is "${nearest}"` +
    ` (allowed: ${EVENT_MASK_FORMS})`;
}
