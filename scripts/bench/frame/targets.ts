/** Goals, and whether they are reached. */
import type { Table } from "./table.ts";
import { columns } from "./report.ts";

/** A goal and what was measured. */
export interface Target {
  readonly name: string;
  readonly goal: string;
  readonly measured: string;
  /** Undefined if it couldn't be measured here. */
  readonly reached: boolean | undefined;
}

/** What a number may be. */
export type Limit = { readonly most: number } | { readonly least: number };

/** A goal for a number, undefined if it wasn't measured. @param format with its unit */
export function numberTarget(
  name: string,
  measured: number | undefined,
  limit: Limit,
  format: (number: number) => string,
): Target {
  const goal = "most" in limit ? `<= ${format(limit.most)}` : `>= ${format(limit.least)}`;
  if (measured === undefined) return { name, goal, measured: "not measured", reached: undefined };
  const reached = "most" in limit ? measured <= limit.most : measured >= limit.least;
  return { name, goal, measured: format(measured), reached };
}

/** A goal for a rate, which counts only if nothing is lost: who drops events has less to send. */
export function rateTarget(
  name: string,
  measured: number | undefined,
  lost: number,
  limit: Limit,
): Target {
  const target = numberTarget(name, measured, limit, perSecond);
  return lost === 0
    ? target
    : { ...target, measured: `${target.measured}, ${lost} lost`, reached: false };
}

/** A rate as people read it. */
export function perSecond(number: number): string {
  return `${Math.round(number).toLocaleString("en-US")}/s`;
}

/** A goal for a ratio, which is shown with two digits. */
export function ratioTarget(name: string, measured: number | undefined, limit: Limit): Target {
  return numberTarget(name, measured, limit, (number) => number.toFixed(2));
}

/** The goals as a table. */
export function targetTable(targets: readonly Target[]): Table {
  return {
    columns: columns("target", "goal", "measured", "result"),
    rows: targets.map(({ name, goal, measured, reached }) => [
      name,
      goal,
      measured,
      reached === undefined ? "not measured" : reached ? "reached" : "missed",
    ]),
  };
}
