/** How numbers, times and strangers' texts are shown. @module */

/** Shown where there is no value. */
export const NOTHING = "–";

/** Characters of a stranger's text that are shown; all of it is in the events. */
const MAX_SHOWN = 120;

/**
 * Characters that are not shown as themselves: controls, what turns the direction of the text around
 * it, and what is invisible. Someone could make a name look like another one by them.
 */
const UNSEEN =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
/** Halves of a character. */
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A stranger's text that can do no harm, and is not longer than what can be read. */
export function plain(text: string, most: number = MAX_SHOWN): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return cut.replace(UNSEEN, visible).replace(LONE, visible);
}

function visible(one: string): string {
  const code = one.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return `⟨${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** The same for a text of several lines. */
export function plainLines(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return cut.split(/\r\n|\n/).map((line) => plain(line, Infinity)).join("\n");
}

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A whole number, with separators: 12,345. */
export function count(value: number): string {
  return WHOLE.format(value);
}

/** `1 call`, `2 calls`. */
export function many(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

/** Milliseconds, with their unit. */
export function millis(value: number | null): string {
  if (value === null) return NOTHING;
  return value >= 10 ? `${WHOLE.format(value)} ms` : `${round(value, 1)} ms`;
}

/** A ratio as percent. */
export function percent(ratio: number | null): string {
  if (ratio === null) return NOTHING;
  const value = ratio * 100;
  if (value === 0) return "0 %";
  return value < 0.1 ? "<0.1 %" : `${round(value, value < 10 ? 1 : 0)} %`;
}

/** A bitrate. */
export function bitrate(kbps: number | null): string {
  if (kbps === null) return NOTHING;
  if (kbps >= 1000) return `${round(kbps / 1000, kbps >= 10_000 ? 1 : 2)} Mbit/s`;
  return kbps >= 10 || kbps === 0 ? `${WHOLE.format(kbps)} kbit/s` : `${round(kbps, 1)} kbit/s`;
}

/** Bytes. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  if (value < 1024 * 1024) return `${round(value / 1024, 1)} KiB`;
  return `${round(value / 1024 / 1024, 1)} MiB`;
}

/** A duration in its two greatest units. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) {
    return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  }
  return `${Math.floor(seconds / 86_400)} d ${Math.floor(seconds % 86_400 / 3600)} h`;
}

/** The local time of day. */
export function clock(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0")).join(":");
}

/** The local day and time of day. */
export function dayAndClock(time: number): string {
  const date = new Date(time);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0")).join("-");
  return `${day} ${clock(time)}`;
}

/** A name without what all such names begin with. */
export function shortName(name: string | null): string | null {
  return name === null ? null : plain(name.replace(/^janus\.(plugin|transport)\./, ""), 40);
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
