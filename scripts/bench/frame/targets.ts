/** Goals, and whether they are reached. */
import { median } from "../../lib/statistics.ts";
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
  return { name, goal, measured: format(measured), reached: isWithin(measured, limit) };
}

function isWithin(number: number, limit: Limit): boolean {
  return "most" in limit ? number <= limit.most : number >= limit.least;
}

/** A goal for the median over the rounds, beside which the worst one is shown; undefined if it wasn't measured. */
export function roundsTarget(
  name: string,
  rounds: readonly number[] | undefined,
  limit: Limit,
  format: (number: number) => string,
): Target {
  const target = numberTarget(name, rounds && median(rounds), limit, format);
  if (rounds === undefined) return target;
  const worst = "most" in limit ? Math.max(...rounds) : Math.min(...rounds);
  return { ...target, measured: `${target.measured}, worst ${format(worst)}` };
}

/** A goal for a rate, which counts only if nothing is lost: who drops events has less to send. */
export function rateTarget(
  name: string,
  measured: number | undefined,
  lost: number,
  limit: Limit,
): Target {
  return whole(numberTarget(name, measured, limit, perSecond), lost);
}

/** The same for the median over the rounds, with the worst one. */
export function rateRoundsTarget(
  name: string,
  rounds: readonly number[] | undefined,
  lost: number,
  limit: Limit,
): Target {
  return whole(roundsTarget(name, rounds, limit, perSecond), lost);
}

function whole(target: Target, lost: number): Target {
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

/** A goal for the ratio of every single round, undefined if it wasn't measured. */
export function everyRoundTarget(
  name: string,
  ratios: readonly number[] | undefined,
  limit: Limit,
): Target {
  const target = ratioTarget(name, ratios && median(ratios), limit);
  const goal = `${target.goal} in every round`;
  if (ratios === undefined) return { ...target, goal };
  const held = ratios.filter((ratio) => isWithin(ratio, limit)).length;
  const measured = `${target.measured}, in ${held} of ${ratios.length} rounds`;
  return { ...target, goal, measured, reached: held === ratios.length };
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
