/** What `top` shows of servers: lines of text, for a screen or for a file. */
import { printable } from "../../plugins/janus/printable.ts";
import type { PluginState, ServerState } from "../../plugins/monitor/wire.ts";
import type { Color, Painter } from "../lib/terminal.ts";

/** The room of a screen, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

interface Column {
  readonly title: string;
  readonly value: (server: ServerState) => string;
}

/** Of names, at most; and where the screen is narrow. */
const [NAME_WIDTH, NARROW] = [24, 8];
const UNKNOWN = "-";

const COLUMNS: readonly Column[] = [
  { title: "EVENTS/s", value: ({ rate }) => amount(rate) },
  { title: "SESSIONS", value: ({ sessions }) => amount(sessions) },
  { title: "CALLS", value: ({ calls }) => amount(calls) },
  { title: "DROPPED", value: (server) => amount(droppedBy(server)) },
  { title: "MISSING", value: ({ missing }) => missing === null ? UNKNOWN : amount(missing) },
  { title: "CLIENTS", value: ({ transport }) => of(transport, ({ peers }) => amount(peers)) },
  { title: "SUBSCR", value: ({ event_handler }) => of(event_handler, (one) => amount(one.peers)) },
  { title: "RING", value: ({ event_handler }) => of(event_handler, ringOf) },
  { title: "RESTARTS", value: restartsOf },
];

const amount = (count: number) => count.toLocaleString("en");

function of(plugin: PluginState | null, read: (plugin: PluginState) => string): string {
  return plugin === null ? UNKNOWN : read(plugin);
}

function droppedBy({ dropped }: ServerState): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

function ringOf({ ring_used, ring_size }: PluginState): string {
  return ring_size === 0 ? UNKNOWN : `${Math.round(ring_used / ring_size * 100)}%`;
}

/** Of both plugins' processes, since Janus began. */
function restartsOf({ transport, event_handler }: ServerState): string {
  if (transport === null && event_handler === null) return UNKNOWN;
  return amount((transport?.restarts ?? 0) + (event_handler?.restarts ?? 0));
}

/** Whether all is well with a server, in a word. */
function stateOf({ events, stopped }: ServerState): readonly [string, Color] {
  // It may have said that it starts before the connection stood again.
  const again = stopped !== null && events.state === "up" && events.since > stopped;
  if (stopped !== null && !again) return ["stopped", "red"];
  switch (events.state) {
    case "up":
      return ["up", "green"];
    case "connecting":
      return ["waiting", "yellow"];
    default:
      return [events.state, "red"];
  }
}

/** Others' text in one line, without what moves a cursor or takes no room. */
function shown(text: string): string {
  return printable(text).replaceAll(/[\p{M}\p{Cf}\t]/gu, "");
}

/** Characters that take two places: Hangul, CJK, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** A text's first characters, as many as there is room for. */
export function fit(text: string, width: number): string {
  let [kept, used] = ["", 0];
  for (const char of text) {
    used += WIDE.test(char) ? 2 : 1;
    if (used > width) return kept;
    kept += char;
  }
  return kept;
}

function widthOf(text: string): number {
  return [...text].reduce((sum, char) => sum + (WIDE.test(char) ? 2 : 1), 0);
}

const padded = (text: string, width: number) => {
  const kept = fit(text, width);
  return kept + " ".repeat(width - widthOf(kept));
};

/** A server's drops by cause, its restarts, and what is wrong; empty if nothing is to be said. */
function remarks(server: ServerState): string[] {
  const causes = Object.entries(server.dropped).filter(([, count]) => count > 0)
    .map(([cause, count]) => `${cause.replaceAll("_", " ")} ${amount(count)}`);
  const plugins = [["transport", server.transport], [
    "event handler",
    server.event_handler,
  ]] as const;
  return [
    ...server.restarts > 0 ? [`Janus started anew ${amount(server.restarts)} times`] : [],
    ...causes.length > 0 ? [`dropped: ${causes.join(", ")}`] : [],
    ...plugins.flatMap(([name, state]) =>
      state === null || state.state === "running" ? [] : [`${name}: ${state.state}`]
    ),
    ...[server.events.problem, server.admin.problem].flatMap((one) => one === null ? [] : [one]),
  ];
}

/** A frame: no line is longer than the screen is wide, and there are no more than it has rows. */
export function screenLines(
  servers: readonly ServerState[],
  { columns, rows }: Size,
  time: Date,
  paint: Painter,
): string[] {
  const cells = servers.map((server) => COLUMNS.map(({ value }) => value(server)));
  const widths = COLUMNS.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index]!.length))
  );
  const others = 2 + 8 + widths.reduce((sum, width) => sum + 2 + width, 0);
  const name = Math.min(
    Math.max(NARROW, Math.min(NAME_WIDTH, columns - others)),
    Math.max("SERVER".length, ...servers.map((one) => widthOf(shown(one.name)))),
  );
  const row = (first: string, state: string, values: readonly string[]) =>
    [padded(first, name), padded(state, 8), ...values.map((text, at) => text.padStart(widths[at]!))]
      .join("  ");
  const clock = time.toISOString().slice(11, 19);
  const head = `janus-zeromq top  ${clock} UTC  q ends`;
  const lines: (readonly [string, Color | null])[] = [
    [head, "bold"],
    ["", null],
    [row("SERVER", "STATE", COLUMNS.map(({ title }) => title)), "gray"],
    ...servers.map((server, index) => {
      const [state, color] = stateOf(server);
      const healthy = state === "up";
      return [
        row(shown(server.name), state, cells[index]!),
        healthy ? null : color,
      ] as const;
    }),
    ...servers.flatMap((server) =>
      remarks(server).map((text) =>
        [`${shown(server.name).slice(0, NAME_WIDTH)}: ${shown(text)}`, "yellow"] as const
      )
    ),
  ];
  lines.splice(3 + servers.length, 0, ["", null]);
  const room = lines.length > rows ? Math.max(0, rows - 1) : lines.length;
  const cut = lines.slice(0, room);
  if (room < lines.length && rows > 0) cut.push([`(${lines.length - room} more lines)`, "gray"]);
  return cut.map(([text, color]) => {
    const kept = fit(text, columns);
    return color === null ? kept : paint(color, kept);
  });
}

/** A line for a file or a pipe. */
export function plainLine(server: ServerState, time: Date): string {
  const values = COLUMNS.map(({ title, value }) =>
    `${title.toLowerCase().replace("events/s", "rate")}=${value(server).replaceAll(",", "")}`
  );
  const causes = Object.entries(server.dropped).filter(([, count]) => count > 0)
    .map(([cause, count]) => `${shown(cause)}:${count}`);
  const [state] = stateOf(server);
  return [
    `${time.toISOString().slice(0, 19)}Z`,
    shown(server.name).replaceAll(" ", "_"),
    `state=${state}`,
    ...values,
    ...causes.length > 0 ? [`causes=${causes.join(",")}`] : [],
  ].join(" ");
}
