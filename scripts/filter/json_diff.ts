/** What changed from one JSON value to another, for people. */
import { stringifyJson } from "../../plugins/janus/json.ts";

/** A line of a diff: what it stands for, how deep it is indented, and its text. */
export interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly depth: number;
  readonly text: string;
}

interface Line {
  readonly depth: number;
  readonly text: string;
}

/** A longer comparison would take seconds: then all of it counts as changed. */
const MAX_STEPS = 4_000_000;

/** Unchanged lines that are shown before and after a change. */
const CONTEXT = 1;

/**
 * Compares two values line by line. Unchanged lines are left out, but for one before and after each
 * change, and the keys that it stands under; a gap is a line `…`. Empty if nothing changed.
 */
export function diffJson(before: unknown, after: unknown): DiffLine[] {
  return withContext(compare(lines(before), lines(after)));
}

/** A value that is wholly new. */
export function addedJson(value: unknown): DiffLine[] {
  return lines(value).map((line) => ({ sign: "+", ...line }));
}

/** A value, one line for each part. Text with line breaks has a line for each of its own. */
function lines(value: unknown): Line[] {
  const found: Line[] = [];
  for (const [key, part] of Object.entries(value as object)) collect(labelOf(key), part, 0, found);
  return found;
}

function labelOf(key: string): string {
  return /^[\w.-]+$/.test(key) ? key : JSON.stringify(key);
}

function collect(label: string, value: unknown, depth: number, into: Line[]): void {
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    into.push({ depth, text: `${label}:` });
    const is_array = Array.isArray(value);
    for (const [inner, part] of Object.entries(value)) {
      collect(is_array ? `[${inner}]` : labelOf(inner), part, depth + 1, into);
    }
  } else if (typeof value === "string" && /\n./s.test(value)) {
    into.push({ depth, text: `${label}:` });
    for (const part of value.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
      into.push({ depth: depth + 1, text: JSON.stringify(part) });
    }
  } else {
    into.push({ depth, text: `${label}: ${stringifyJson(value)}` });
  }
}

const isSame = (a: Line | undefined, b: Line | undefined) =>
  a !== undefined && b !== undefined && a.depth === b.depth && a.text === b.text;

/** The lines of both, the common ones once. */
function compare(before: readonly Line[], after: readonly Line[]): DiffLine[] {
  let start = 0;
  while (start < before.length && isSame(before[start], after[start])) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && isSame(before.at(-1 - end), after.at(-1 - end))) end++;
  const same = (line: Line): DiffLine => ({ sign: " ", ...line });
  return [
    ...before.slice(0, start).map(same),
    ...compareMiddle(
      before.slice(start, before.length - end),
      after.slice(start, after.length - end),
    ),
    ...before.slice(before.length - end).map(same),
  ];
}

/** By the longest common subsequence. */
function compareMiddle(before: readonly Line[], after: readonly Line[]): DiffLine[] {
  const [rows, columns] = [before.length, after.length];
  const removed = (line: Line): DiffLine => ({ sign: "-", ...line });
  const added = (line: Line): DiffLine => ({ sign: "+", ...line });
  if (rows * columns > MAX_STEPS) return [...before.map(removed), ...after.map(added)];
  // length[i][j]: of what before[i...] and after[j...] have in common.
  const length = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      length[i]![j] = isSame(before[i], after[j])
        ? length[i + 1]![j + 1]! + 1
        : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
    }
  }
  const found: DiffLine[] = [];
  for (let i = 0, j = 0; i < rows || j < columns;) {
    if (isSame(before[i], after[j])) {
      found.push({ sign: " ", ...before[i]! });
      i++;
      j++;
    } else if (j === columns || i < rows && length[i + 1]![j]! >= length[i]![j + 1]!) {
      found.push(removed(before[i++]!));
    } else {
      found.push(added(after[j++]!));
    }
  }
  return found;
}

/** Leaves out what is far from a change. */
function withContext(all: readonly DiffLine[]): DiffLine[] {
  const shown = new Set<number>();
  all.forEach(({ sign, depth }, at) => {
    if (sign === " ") return;
    for (let i = at - CONTEXT; i <= at + CONTEXT; i++) if (all[i] !== undefined) shown.add(i);
    // The keys that it stands under.
    for (let i = at - 1, above = depth; i >= 0 && above > 0; i--) {
      if (all[i]!.depth >= above) continue;
      above = all[i]!.depth;
      shown.add(i);
    }
  });
  const found: DiffLine[] = [];
  let last = -1;
  for (const at of [...shown].sort((a, b) => a - b)) {
    if (at > last + 1) found.push({ sign: " ", depth: all[at]!.depth, text: "…" });
    found.push(all[at]!);
    last = at;
  }
  if (last >= 0 && last < all.length - 1) found.push({ sign: " ", depth: 0, text: "…" });
  return found;
}
