/** Janus's replies and events in a few words, for people who watch. */
import { EVENT_LABELS, typeIndex } from "../../plugins/janus/event_types.ts";
import { stringifyJson } from "../../plugins/janus/json.ts";

/** An object of a JSON text. */
export type JsonObject = { readonly [key: string]: unknown };

/** Parses a JSON text that should be an object. @throws {TypeError} when it isn't */
export function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new TypeError(`Expected a JSON object, got ${shorten(text)}`);
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of keys, undefined where there is none. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((one, key) => (isObject(one) ? one[key] : undefined), value);
}

/** Text of at most `width` characters. */
export function shorten(text: string, width = 80): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** A reply, or an asynchronous message, of the Janus API: what it is, and what it says. */
export function describeReply(reply: JsonObject): readonly [what: string, details: string] {
  const what = String(reply.janus ?? "reply");
  switch (what) {
    case "server_info":
      return [what, `${String(reply.name)} ${String(reply.version_string)}`];
    case "success":
      return [what, at(reply, "data", "id") === undefined ? "" : `id ${at(reply, "data", "id")}`];
    case "ack":
      return [what, `session ${reply.session_id}`];
    case "event":
      return [
        what,
        `${at(reply, "plugindata", "plugin")} ${
          shorten(JSON.stringify(at(reply, "plugindata", "data")))
        }`,
      ];
    case "error":
      return [what, `${at(reply, "error", "code")} ${at(reply, "error", "reason")}`];
  }
  return [what, shorten(JSON.stringify(reply))];
}

/** An event of the event handlers: what it is, and what it says. */
export function describeEvent(event: JsonObject): readonly [what: string, details: string] {
  const type = Number(event.type);
  const label = EVENT_LABELS[typeIndex(type)]?.replace(/s$/, "") ?? `type ${event.type}`;
  const body = event.event;
  const ids = [
    event.session_id === undefined ? "" : `session ${event.session_id}`,
    event.handle_id === undefined ? "" : `handle ${event.handle_id}`,
  ].filter((one) => one !== "").join(", ");
  const join = (...parts: string[]) => parts.filter((one) => one !== "").join("  ");
  switch (type) {
    case 1:
      return [`${label} ${at(body, "name")}`, ids];
    case 2:
      return [`${label} ${at(body, "name")}`, join(ids, String(at(body, "plugin") ?? ""))];
    case 64:
      return [label, join(ids, shorten(stringifyJson(at(body, "data")) ?? ""))];
    case 128:
      return [
        label,
        join(`${at(body, "transport")}`, shorten(stringifyJson(at(body, "data")) ?? "")),
      ];
    case 256:
      return [`${label} ${at(body, "status")}`, ""];
  }
  return [label, join(ids, shorten(stringifyJson(body) ?? ""))];
}
