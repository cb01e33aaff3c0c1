/** Driving a running Janus through both plugins, so that people see them work. */
import { at, describeEvent, describeReply, type JsonObject, parseObject } from "./describe.ts";
import type { JsonSocket } from "./json_socket.ts";
import type { Painter } from "../lib/terminal.ts";
import { sleep } from "../lib/waiting.ts";

/** Where things are shown: who said what to whom, one line each. */
export class Stage {
  readonly #begun = performance.now();
  readonly #print: (line: string) => void;
  readonly #paint: Painter;

  constructor(print: (line: string) => void, paint: Painter) {
    this.#print = print;
    this.#paint = paint;
  }

  /** A line that belongs to nobody. */
  say(line: string): void {
    this.#print(line);
  }

  /** A request on its way to Janus. */
  request(socket: string, what: string, details: string): void {
    this.#line(socket.padEnd(6), "→ Janus", this.#paint("cyan", what.padEnd(18)), details);
  }

  /** What Janus answered or sent by itself. */
  reply(socket: string, reply: JsonObject): void {
    const [what, details] = describeReply(reply);
    const color = what === "error" ? "red" : "green";
    this.#line(socket.padEnd(6), "← Janus", this.#paint(color, what.padEnd(18)), details);
  }

  /** An event that Janus published. */
  event(event: JsonObject): void {
    const [what, details] = describeEvent(event);
    this.#line("SUB   ", "← event", this.#paint("yellow", what.padEnd(18)), details);
  }

  /** A line of Janus's log. */
  log(line: string): void {
    this.#line("log   ", "← Janus", line, "");
  }

  #line(who: string, direction: string, what: string, details: string): void {
    const seconds = ((performance.now() - this.#begun) / 1000).toFixed(3).padStart(8);
    const line = `${this.#paint("gray", `${seconds} s`)}  ${who} ${direction}  ${what}  ${details}`;
    this.#print(line.trimEnd());
  }
}

/** The clients of a demonstration, connected already. */
export interface Clients {
  readonly req: JsonSocket;
  readonly dealer: JsonSocket;
  readonly sub: JsonSocket;
}

/** Thrown when Janus answers something else than it should. */
export class DemonstrationError extends Error {
  override name = "DemonstrationError";
}

/** Events that a demonstration must bring about. */
const EXPECTED_EVENTS = ["session created", "handle attached", "session destroyed"];

/** Milliseconds after the last expected event, for those that nobody waits for. */
const LAST_EVENTS = 200;

/**
 * Shows the server's info over REQ, an echo-test session over DEALER, and the events of both.
 *
 * @param eventTimeout Milliseconds to wait for an event that must come
 * @returns the events
 * @throws {DemonstrationError} when a reply is not what it should be, or an event is missing
 */
export async function demonstrate(
  clients: Clients,
  stage: Stage,
  eventTimeout = 5_000,
): Promise<readonly JsonObject[]> {
  const { req, dealer, sub } = clients;
  const events: JsonObject[] = [];
  const watch = () => void events.push(...showEvents(sub, stage));
  await exchange(req, "REQ", stage, watch, { janus: "info" }, "", ["server_info"]);

  const ask = (request: JsonObject, details: string, expected: readonly string[]) =>
    exchange(dealer, "DEALER", stage, watch, request, details, expected);
  const [session] = await ask({ janus: "create" }, "", ["success"]);
  const session_id = at(session, "data", "id");
  const plugin = "janus.plugin.echotest";
  const [handle] = await ask({ janus: "attach", session_id, plugin }, plugin, ["success"]);
  const handle_id = at(handle, "data", "id");
  const body = { audio: true, video: true };
  const message = { janus: "message", session_id, handle_id, body };
  const [, event] = await ask(message, JSON.stringify(body), ["ack", "event"]);
  if (at(event, "plugindata", "data", "result") !== "ok") {
    throw new DemonstrationError(`The echo test didn't say "ok": ${JSON.stringify(event)}`);
  }
  await ask({ janus: "destroy", session_id }, "", ["success"]);

  const missing = () => {
    const seen = events.filter((one) => one.session_id === session_id);
    const names = new Set(seen.map((one) => describeEvent(one)[0]));
    return EXPECTED_EVENTS.filter((name) => !names.has(name));
  };
  const end = performance.now() + eventTimeout;
  for (watch(); missing().length > 0; watch()) {
    if (performance.now() > end) {
      throw new DemonstrationError(`These events didn't come: ${missing().join(", ")}`);
    }
    await sleep(5);
  }
  await sleep(LAST_EVENTS);
  watch();
  return events;
}

let transactions = 0;

/**
 * Sends a request and shows what comes, until there is one reply of each expected kind to it.
 * They may come in any order, and other messages of the session between them.
 */
async function exchange(
  socket: JsonSocket,
  name: string,
  stage: Stage,
  watch: () => void,
  request: JsonObject,
  details: string,
  expected: readonly string[],
): Promise<JsonObject[]> {
  const transaction = `demonstration-${++transactions}`;
  stage.request(name, String(request.janus), details);
  socket.send(JSON.stringify({ ...request, transaction }));
  const replies = new Map<string, JsonObject>();
  while (replies.size < expected.length) {
    const reply = parseObject(await socket.receive(5_000, watch));
    stage.reply(name, reply);
    const kind = String(reply.janus);
    if (kind === "error") {
      throw new DemonstrationError(`Janus refused "${request.janus}": ${JSON.stringify(reply)}`);
    }
    if (reply.transaction !== transaction) continue;
    if (!expected.includes(kind)) {
      throw new DemonstrationError(`Expected ${expected}, got ${JSON.stringify(reply)}`);
    }
    replies.set(kind, reply);
  }
  return expected.map((kind) => replies.get(kind) ?? {});
}

/** Shows every event that is here by now, and returns them. */
export function showEvents(sub: JsonSocket, stage: Stage): JsonObject[] {
  const shown: JsonObject[] = [];
  for (let text = sub.take(); text !== undefined; text = sub.take()) {
    const value: unknown = JSON.parse(text);
    // With grouping a frame is an array of events.
    shown.push(...(Array.isArray(value) ? value : [value]) as JsonObject[]);
  }
  for (const event of shown) stage.event(event);
  return shown;
}
