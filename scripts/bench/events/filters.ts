/** Filters to measure with: they let everything pass but a probe, which shows that they are there. */

/** The file of a filter, and the run of events that it drops. */
export interface PassingFilter {
  readonly name: string;
  readonly drops: number;
}

/** As many as any contestant has. Their runs are no run of a measurement's, and as long. */
export const FILTERS: readonly PassingFilter[] = [
  { name: "one", drops: 9_991 },
  { name: "two", drops: 9_992 },
  { name: "three", drops: 9_993 },
];

/** The TypeScript of a filter. */
export function filterSource({ name, drops }: PassingFilter): string {
  return `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";

export default defineEventFilter({
  name: ${JSON.stringify(name)},
  events: ["all"],
  filter(event) {
    if (event.type !== 64) return event;
    const { bench } = event.event.data as { bench?: readonly number[] };
    return bench?.[0] === ${drops} ? null : event;
  },
});
`;
}
