/** A NATS server as anyone finds it who connects: before TLS and names. */
import { within } from "../lib/waiting.ts";

/** What a server says of itself in its first line. */
export interface NatsInfo {
  readonly version: string;
  readonly jetstream: boolean;
}

/** Host and port of a server as `stream.servers` names it. */
export function addressOf(server: string): { readonly hostname: string; readonly port: number } {
  const { hostname, port } = new URL(`nats://${server.replace(/^\w+:\/\//, "")}`);
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? 4222 : Number(port),
  };
}

/** Connects and reads the server's first line. @throws {Error} saying why there is none */
export async function askNats(server: string, timeout = 2000): Promise<NatsInfo> {
  const attempt = Deno.connect(addressOf(server));
  const connection = await within(attempt, timeout);
  if (connection === undefined) {
    attempt.then((late) => late.close(), () => {});
    throw new Error(`nobody answers within ${timeout / 1000} s`);
  }
  try {
    return parseInfo(await within(firstLine(connection), timeout) ?? "");
  } finally {
    connection.close();
  }
}

async function firstLine(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  try {
    // A line of a large cluster names all servers, but never so much.
    while (!text.includes("\n") && text.length < 65_536) {
      const count = await connection.read(buffer);
      if (count === null) break;
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  } catch {
    // Closed, by them or, after a while, by us.
  }
  return text;
}

function parseInfo(text: string): NatsInfo {
  const [, json = "null"] = /^INFO (\{.*\})\s*\n/.exec(text) ?? [];
  const info = JSON.parse(json) as { version?: unknown; jetstream?: unknown } | null;
  if (info === null) throw new Error("somebody listens there, but it is no NATS server");
  return { version: String(info.version), jetstream: info.jetstream === true };
}

/**
 * Where a server of this machine stores its streams, as far as its command line tells; undefined if
 * it does not.
 */
export async function storeFolder(pid: number): Promise<string | undefined> {
  const text = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  const cwd = await Deno.readLink(`/proc/${pid}/cwd`).catch(() => "/");
  const absolute = (path: string) => path.startsWith("/") ? path : `${cwd}/${path}`;
  const args = text.split("\0");
  const option = (...names: string[]) => {
    const index = args.findIndex((arg) => names.includes(arg.replace(/=.*$/, "")));
    return /=(.*)$/.exec(args[index] ?? "")?.[1] ?? (index < 0 ? undefined : args[index + 1]);
  };
  const given = option("-sd", "--sd", "-store_dir", "--store_dir");
  if (given !== undefined) return absolute(given);
  const config = option("-c", "--c", "-config", "--config");
  if (config === undefined) return undefined;
  const settings = await Deno.readTextFile(absolute(config)).catch(() => "");
  const folder = /^[^#\n]*\bstore_dir\s*[:= ]\s*["']?([^"'\s,;}]+)/m.exec(settings)?.[1];
  return folder === undefined ? undefined : absolute(folder);
}
