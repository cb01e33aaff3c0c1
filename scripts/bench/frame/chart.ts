/** Bar charts as SVG, readable without colours and without JavaScript. */

/** One bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What stands beside it, such as the value with its unit. */
  readonly text: string;
  /** True for the one that the chart is about. */
  readonly highlight?: boolean;
}

/** A group of bars on one scale that begins at 0. */
export interface Panel {
  readonly title: string;
  readonly subtitle: string;
  readonly bars: readonly Bar[];
}

/** Panels below one title. */
export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly panels: readonly Panel[];
}

const WIDTH = 1080;
const MARGIN = 28;
const GAP = 40;
const HEADER = 84;
const PANEL_HEADER = 52;
const BAR = 20;
const STEP = 30;
const LABELS = 132;
/** Room for the text beside the longest bar. */
const TEXT = 136;
const FONT = "font-family='Helvetica, Arial, DejaVu Sans, sans-serif'";

/** The chart as an SVG document, two panels beside each other. */
export function barChart({ title, subtitle, panels }: Chart): string {
  const rows = Math.max(0, ...panels.map(({ bars }) => bars.length));
  const height = PANEL_HEADER + rows * STEP + 20;
  const total = HEADER + Math.ceil(panels.length / 2) * height;
  const width = (WIDTH - 2 * MARGIN - GAP) / 2;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${total}" ` +
    `viewBox="0 0 ${WIDTH} ${total}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(MARGIN, 40, title, { size: 22, weight: "bold" }),
    text(MARGIN, 63, subtitle, { size: 13, fill: "#57606a" }),
  ];
  panels.forEach((panel, i) => {
    const x = MARGIN + (i % 2) * (width + GAP);
    parts.push(...panelParts(panel, x, HEADER + Math.floor(i / 2) * height, width));
  });
  return [...parts, "</svg>", ""].join("\n");
}

function panelParts({ title, subtitle, bars }: Panel, x: number, y: number, width: number) {
  const largest = Math.max(0, ...bars.map(({ value }) => value));
  const scale = largest === 0 ? 0 : (width - LABELS - TEXT) / largest;
  const left = x + LABELS;
  const top = y + PANEL_HEADER;
  const parts = [
    text(x, y + 20, title, { size: 15, weight: "bold" }),
    text(x, y + 38, subtitle, { size: 12, fill: "#57606a" }),
  ];
  bars.forEach((bar, i) => {
    const at = top + i * STEP;
    const middle = at + BAR / 2;
    const weight = bar.highlight === true ? "bold" : "normal";
    const length = bar.value * scale;
    const fill = bar.highlight === true ? "#c2410c" : "#8fa3b8";
    parts.push(
      text(left - 10, middle + 5, bar.label, { size: 13, weight, anchor: "end" }),
      `<rect x="${round(left)}" y="${round(at)}" width="${round(length)}" height="${BAR}" ` +
        `fill="${fill}"/>`,
    );
    parts.push(text(left + length + 8, middle + 5, bar.text, { size: 13, weight }));
  });
  parts.push(line(left, top - 4, left, top + bars.length * STEP - (STEP - BAR) + 4));
  return parts;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ` +
    `stroke="#57606a" stroke-width="1.2"/>`;
}

interface TextStyle {
  readonly size: number;
  readonly weight?: string;
  readonly fill?: string;
  readonly anchor?: string;
}

function text(x: number, y: number, content: string, style: TextStyle): string {
  const { size, weight = "normal", fill = "#1f2328", anchor = "start" } = style;
  return `<text x="${round(x)}" y="${round(y)}" ${FONT} font-size="${size}" ` +
    `font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${escape(content)}</text>`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
