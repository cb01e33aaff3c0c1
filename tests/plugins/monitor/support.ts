/** Models for tests, and what is in them. */
import { Expositions } from "../../../plugins/monitor/exposition.ts";
import { Model, type ModelOptions } from "../../../plugins/monitor/model.ts";
import type { ServerEvent } from "../../../plugins/janus/events.ts";
import { parseJson } from "../../../plugins/janus/json.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";

/** When tests' models begin (ms). */
export const BEGAN = 1_795_340_000_000;

/** Twelve calls, as Janus 1.1.2 told of them, or five of 1.4, with statistics of both forms. */
export function recordedCalls(name: "calls" | "calls-1.4" = "calls"): ServerEvent[] {
  const text = Deno.readTextFileSync(`${PROJECT_ROOT}/tests/data/${name}.jsonl`);
  return text.trimEnd().split("\n").map((line) => parseJson(line) as ServerEvent);
}

/** A model of so many servers. */
export function modelOf(names: readonly (string | null)[] = [null], options: ModelOptions = {}) {
  const servers = names.map((name, index) => ({
    name,
    endpoint: `tcp://10.1.2.${index + 3}:5546`,
    admin: false,
  }));
  return new Model(servers, BEGAN, options);
}

/** A handle's event. */
export function event(type: number, subtype: number, body: object, more: object = {}): ServerEvent {
  return {
    emitter: "lab",
    type,
    ...(subtype === 0 ? {} : { subtype }),
    timestamp: BEGAN * 1000,
    session_id: 11,
    handle_id: 22,
    event: body,
    ...more,
  } as unknown as ServerEvent;
}

/** Has a server tell this, at a time. */
export function tell(model: Model, at: number, ...events: ServerEvent[]): void {
  model.take(0, events, null, BEGAN + at);
}

/** A session and a handle, as they begin. */
export function attached(opaque_id?: string, handle_id = 22, session_id = 11): ServerEvent[] {
  const session = { transport: { transport: "janus.transport.zeromq", id: `${session_id}` } };
  const plugin = "janus.plugin.echotest";
  const more = { session_id, handle_id, ...(opaque_id === undefined ? {} : { opaque_id }) };
  return [
    event(1, 0, { name: "created", ...session }, { session_id, handle_id: undefined }),
    event(
      2,
      0,
      { name: "attached", plugin, ...(opaque_id === undefined ? {} : { opaque_id }) },
      more,
    ),
  ];
}

/** Statistics of audio. */
export function statistics(values: object = {}): object {
  return {
    mid: "0",
    mindex: 0,
    media: "audio",
    codec: "opus",
    base: 48000,
    rtt: 20,
    lost: 0,
    "lost-by-remote": 0,
    "jitter-local": 3,
    "jitter-remote": 4,
    "packets-received": 0,
    "packets-sent": 0,
    "bytes-received": 0,
    "bytes-sent": 0,
    "nacks-received": 0,
    "nacks-sent": 0,
    "retransmissions-received": 0,
    ...values,
  };
}

/** The samples of the text format, by name and labels. */
export async function samplesOf(model: Model, accept = ""): Promise<Map<string, number>> {
  const { text } = await new Expositions(model).write(accept);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

/** Those of one metric, by their labels without the server's. */
export async function valuesOf(model: Model, metric: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [key, value] of await samplesOf(model)) {
    const match = /^(\w+)\{instance_name="[^"]*",?(.*)\}$/.exec(key);
    if (match?.[1] === metric) found[match[2]!] = value;
  }
  return found;
}
