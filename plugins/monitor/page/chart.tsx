/** A chart over time. @module */
import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Mark, Severity } from "../wire.ts";
import type { Curve, Gap } from "./course.ts";
import { plain } from "./format.ts";

/** A curve and how it is drawn. */
export interface Line {
  readonly name: string;
  readonly curve: Curve;
  /** Which of the style's colors. */
  readonly color: number;
  /** Out of Janus is dashed. */
  readonly dashed: boolean;
}

/** What a chart shows. */
export interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Seconds, one for each of a curve's values. */
  readonly times: readonly number[];
  readonly range: readonly [from: number, to: number];
  readonly marks: readonly Mark[];
  readonly gaps: readonly Gap[];
  /** Whether what the marks are is written beside them. */
  readonly named: boolean;
  /** The scale shows at least this much. */
  readonly least: number;
  readonly format: (value: number) => string;
  /** The place in `times` that the pointer is at; null if it is elsewhere. */
  readonly point: (index: number | null) => void;
}

const HEIGHT = 132;

/** How bad it is that something happened. */
export function markLevel({ kind, text }: Mark): Severity {
  switch (kind) {
    case "slow_link":
    case "stalled":
    case "lost":
      return 2;
    case "ice":
    case "dtls":
      return text === "failed" ? 2 : text === "disconnected" ? 1 : 0;
    default:
      return 0;
  }
}

/** What a mark is called. */
export function markText({ kind, text, direction }: Mark): string {
  const names: Partial<Record<Mark["kind"], string>> = {
    slow_link: "slow link",
    stalled: "no media",
    resumed: "media again",
    pair: "candidates selected",
    jsep: "JSEP",
    ice: "ICE",
    dtls: "DTLS",
    lost: "server lost",
  };
  const way = direction === null ? "" : direction === "in" ? " ↓ in" : " ↑ out";
  return `${names[kind] ?? kind}${text === "" ? "" : ` ${plain(text, 60)}`}${way}`;
}

/** Whether a mark is drawn, and not only in the list. */
function isDrawn({ kind }: Mark): boolean {
  return !["attached", "jsep", "pair"].includes(kind);
}

/** A chart, with all it is told of drawn. */
export function Chart(props: ChartProps): VNode {
  const { title, lines, times, range } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const structure = lines.map(({ name, color, dashed }) => `${name} ${color} ${dashed}`).join("\n");

  useLayoutEffect(() => {
    const element = box.current!;
    const made = new uPlot(optionsOf(latest, element), dataOf(latest.current), element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: Math.max(120, element.clientWidth), height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [structure]);

  useLayoutEffect(() => {
    plot.current?.setData(dataOf(latest.current), true);
  }, [times, lines, range[0], range[1]]);

  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div
        ref={box}
        role="img"
        aria-label={`${title} over time; the table above has the numbers`}
      />
    </figure>
  );
}

function dataOf({ times, lines }: ChartProps): uPlot.AlignedData {
  return [times as number[], ...lines.map(({ curve }) => curve)];
}

function optionsOf(latest: { readonly current: ChartProps }, element: HTMLElement): uPlot.Options {
  const color = (name: string) => colorOf(element, name);
  const axis: uPlot.Axis = {
    stroke: color("--quiet"),
    font: `11px ${getComputedStyle(element).fontFamily}`,
    grid: { stroke: color("--grid"), width: 1 },
    ticks: { show: false },
    gap: 4,
  };
  const { lines, named } = latest.current;
  return {
    width: Math.max(120, element.clientWidth),
    height: HEIGHT,
    padding: [named ? 16 : 8, 28, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "call" } },
    scales: {
      x: { range: () => [...latest.current.range] as uPlot.Range.MinMax },
      y: { range: (_, __, max) => [0, Math.max(latest.current.least, (max ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, size: 24, gap: 7, space: 64, values: "{HH}:{mm}:{ss}" },
      {
        ...axis,
        size: 62,
        space: 26,
        values: (_, splits) => splits.map((value) => latest.current.format(value)),
      },
    ],
    series: [
      {},
      ...lines.map(({ name, color: index, dashed }): uPlot.Series => ({
        label: name,
        stroke: color(`--line${index % 6}`),
        width: 1.5,
        ...(dashed ? { dash: [4, 3] } : {}),
        // A point between two gaps would not be seen as a line.
        points: { show: true, size: 4, filter: lonely },
      })),
    ],
    hooks: {
      drawClear: [(plot) => drawGaps(plot, latest.current.gaps, color("--gap"))],
      draw: [(plot) => drawMarks(plot, latest.current, color)],
      setCursor: [(plot) => latest.current.point(plot.cursor.idx ?? null)],
    },
  };
}

/** A color of the style's, as a canvas takes it. */
function colorOf(element: HTMLElement, name: string): string {
  const before = element.style.color;
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = before;
  return color;
}

/** The places of points that no line reaches. */
function lonely(plot: uPlot, series: number): number[] {
  const values = plot.data[series]!;
  const found: number[] = [];
  let before: number | null | undefined = null;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value === undefined) continue;
    if (value !== null && before === null) {
      let next = index + 1;
      while (next < values.length && values[next] === undefined) next++;
      if ((values[next] ?? null) === null) found.push(index);
    }
    before = value;
  }
  return found;
}

function drawGaps(plot: uPlot, gaps: readonly Gap[], fill: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = fill;
  for (const { from, to } of gaps) {
    const left = plot.valToPos(from, "x", true);
    ctx.fillRect(left, bbox.top, plot.valToPos(to, "x", true) - left, bbox.height);
  }
  ctx.restore();
}

function drawMarks(plot: uPlot, props: ChartProps, color: (name: string) => string): void {
  const { ctx, bbox } = plot;
  const pixels = devicePixelRatio;
  const taken: (readonly [left: number, right: number])[] = [];
  ctx.save();
  ctx.font = `${10 * pixels}px sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  // The worst and the latest ones are named before there is no room left.
  const marks = props.marks.filter(isDrawn).sort((a, b) =>
    markLevel(b) - markLevel(a) || b.time - a.time
  );
  for (const mark of marks) {
    const at = Math.round(plot.valToPos(mark.time / 1000, "x", true)) + 0.5;
    if (at < bbox.left || at > bbox.left + bbox.width) continue;
    const level = markLevel(mark);
    ctx.strokeStyle = ctx.fillStyle = color(level === 0 ? "--mark" : `--level${level}`);
    ctx.lineWidth = pixels;
    ctx.setLineDash(level === 0 ? [2 * pixels, 2 * pixels] : []);
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    if (!props.named) continue;
    const text = markText(mark);
    const width = ctx.measureText(text).width + 6 * pixels;
    const left = Math.max(bbox.left, Math.min(at, bbox.left + bbox.width - width));
    if (taken.some(([from, to]) => left < to && left + width > from)) continue;
    if (level === 0) ctx.fillStyle = color("--quiet");
    ctx.fillText(text, left, bbox.top - 2 * pixels);
    taken.push([left, left + width]);
  }
  ctx.restore();
}
