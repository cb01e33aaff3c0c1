/** What `doctor` says of the stream, where the event handler's configuration enables it. */
import { JetStreamApiError, jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import { readConfig } from "../../plugins/host/config/read.ts";
import type { EventHandlerConfig } from "../../plugins/host/config/schema.ts";
import { placeServers } from "../../plugins/host/stream_servers.ts";
import { connectionOptions } from "../../plugins/stream/companion/servers.ts";
import { connectNats } from "../../plugins/stream/connect.ts";
import { differencesOf } from "../../plugins/stream/setup.ts";
import { readJcfg } from "../lib/jcfg.ts";
import { listeners, socketOwners } from "../lib/ports.ts";
import { capture } from "../lib/run.ts";
import type { Finding } from "./finding.ts";
import { addressOf, askNats, storeFolder } from "./nats.ts";
import { newStream, type Surroundings, surroundings } from "./new_stream.ts";
import { size } from "./size.ts";

type Settings = EventHandlerConfig["stream"];

const group = "Stream" as const;
/** Of the free disk, if its configuration does not say: it refuses a stream that may become larger. */
const SERVERS_SHARE = 0.75;

/** Looks at servers and stream. @param config the event handler's configuration */
export async function stream(config: string): Promise<Finding[]> {
  let settings: Settings;
  try {
    settings = await readSettings(config);
  } catch (error) {
    return [{ group, name: "configuration", status: "note", detail: reason(error) }];
  }
  if (!settings.enabled) return [];
  const servers = await Promise.all(settings.servers.map(server));
  if (servers.every(({ status }) => status !== "ok")) return servers;
  return [...servers, ...await inside(settings, config.replace(/\/[^/]*$/, ""))];
}

/** Of a `.jcfg` only the stream's group: Janus's own parser reads the rest. */
async function readSettings(path: string): Promise<Settings> {
  const text = await Deno.readTextFile(path);
  if (path.endsWith(".jsonc")) {
    return readConfig("eventhandler", { format: "jsonc", path, text }).config.stream;
  }
  const keys = [...readJcfg(text)].filter(([key]) => key.startsWith("stream."))
    .map(([key, value]) => [key.slice("stream.".length), value] as const);
  const tree = { stream: Object.fromEntries(keys) };
  return readConfig("eventhandler", { format: "jcfg", path, tree }).config.stream;
}

async function server(name: string): Promise<Finding> {
  try {
    const { version, jetstream } = await askNats(name);
    if (jetstream) {
      return { group, name, status: "ok", detail: `nats-server ${version} with JetStream` };
    }
    const remedy = `# In the configuration of nats-server at ${name}: jetstream {}`;
    const detail = `nats-server ${version}, without JetStream`;
    return { group, name, status: "warning", detail, remedy };
  } catch (error) {
    const remedy = `# Start nats-server at ${name}, or set stream.servers`;
    return { group, name, status: "warning", detail: reason(error), remedy };
  }
}

async function inside(settings: Settings, folder: string): Promise<Finding[]> {
  const about = { group, name: settings.name } as const;
  try {
    const info = await streamInfo(settings, folder);
    if ("others" in info) {
      const config = { max_bytes: settings.max_bytes === 0 ? -1 : settings.max_bytes };
      const disks = settings.create
        ? await disk(settings, { config, state: { bytes: 0 } }, true)
        : [];
      return [newStream(settings, info), ...disks];
    }
    const differences = differencesOf(info.config, settings);
    const detail = [describe(info), ...differences].join("; ");
    const status = differences.length > 0 ? "note" : "ok";
    return [{ ...about, status, detail }, ...await disk(settings, info)];
  } catch (error) {
    return [{ ...about, status: "warning", detail: `cannot be looked at: ${reason(error)}` }];
  }
}

/** The stream as it is; what it would come into if there is none. */
async function streamInfo(
  settings: Settings,
  folder: string,
): Promise<StreamInfo | Surroundings> {
  const connection = await connectNats({
    ...connectionOptions(placeServers(settings, folder, Deno.realPathSync(folder))),
    ...{ timeout: 3000, reconnect: false, name: "janus-zeromq doctor" },
  });
  try {
    const manager = await jetstreamManager(connection);
    try {
      return await manager.streams.info(settings.name);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.status !== 404) throw error;
      return await surroundings(manager, settings);
    }
  } finally {
    await connection.close();
  }
}

function describe({ config, state }: StreamInfo): string {
  const age = config.max_age === 0 ? "for ever" : `for ${config.max_age / 86_400e9} days`;
  const bytes = config.max_bytes < 0
    ? "without a limit of size"
    : `up to ${size(config.max_bytes)}`;
  const replicas = config.num_replicas === 1 ? "" : `, ${config.num_replicas} times`;
  const holds = `${state.messages.toLocaleString("en")} messages, ${size(state.bytes)}`;
  return `${holds}; keeps ${age}, ${bytes}${replicas}`;
}

/** What a stream takes, and may take. */
interface Space {
  readonly config: Pick<StreamInfo["config"], "max_bytes">;
  readonly state: Pick<StreamInfo["state"], "bytes">;
}

/** Whether the disk has the room that the stream may take, where its server is on this machine. */
async function disk({ servers }: Settings, { config, state }: Space, isNew = false) {
  if (config.max_bytes < 0) return [];
  const found: Finding[] = [];
  for (const one of servers) {
    const { hostname, port } = addressOf(one);
    if (!/^(127\..*|localhost|::1)$/.test(hostname)) continue;
    const inodes = (await listeners()).filter((each) => each.port === port);
    const owners = await socketOwners(new Set(inodes.map(({ inode }) => inode)));
    for (const { pid } of owners.values()) {
      const folder = await storeFolder(pid);
      const output = folder === undefined
        ? undefined
        : await capture("df", ["-B1", "--output=avail", folder]);
      const free = Number(output?.stdout.trim().split("\n").at(-1) ?? NaN);
      if (folder === undefined || output?.code !== 0 || !Number.isFinite(free)) continue;
      found.push(room(folder, free, Math.max(0, config.max_bytes - state.bytes), isNew));
    }
  }
  return found;
}

/**
 * @param grows how many bytes the stream may still take
 * @param isNew the server is yet to take it on
 */
export function room(folder: string, free: number, grows: number, isNew = false): Finding {
  const about = { group, name: "disk", detail: `${size(free)} free in ${folder}` } as const;
  if (isNew && free >= grows && free * SERVERS_SHARE < grows) {
    const detail =
      `${about.detail}, of which nats-server takes three quarters unless its max_file ` +
      `says otherwise, and the stream may take ${size(grows)}`;
    const remedy = "# Lower stream.max_bytes, or set jetstream { max_file } of nats-server";
    return { ...about, status: "note", detail, remedy };
  }
  if (free >= grows) return { ...about, status: "ok" };
  const detail = `${about.detail}, but the stream may take ${size(grows)} more`;
  const remedy = `# Lower max_bytes of the stream (stream.max_bytes), or make room in ${folder}`;
  return { ...about, status: "warning", detail, remedy };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message.split("\n")[0]! : String(error);
}
