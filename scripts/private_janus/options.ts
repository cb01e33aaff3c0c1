/** What a private Janus may be told, and the configuration that comes of it. */
import {
  formatJcfg,
  janusSettings,
  type JcfgSettings,
  makeFolders,
  mergeSettings,
} from "./config.ts";
import { freePorts } from "../lib/ports.ts";
import { PROJECT_ROOT } from "../lib/project.ts";

/** The `admin_secret` of every private Janus. */
export const ADMIN_SECRET = "private";

/** What a `PrivateJanus` may be told. Everything has a default. */
export interface PrivateJanusOptions {
  /** Load the transport; default true. */
  readonly transport?: boolean;
  /** Load the event handler; default true. */
  readonly event_handler?: boolean;
  /** Open the transport's admin socket; default false. */
  readonly admin?: boolean;
  /**
   * Have our plugins listen on Unix sockets in Janus's folder, not on TCP ports: those are out of
   * reach where `wrapper` gives Janus a network of its own; default false.
   */
  readonly ipc?: boolean;
  /** TCP ports on 127.0.0.1; those not given are free ones that the system chooses. */
  readonly ports?: Partial<PrivatePorts>;
  /** Changes to the settings, key by key. */
  readonly settings?: {
    readonly janus?: JcfgSettings;
    readonly transport?: JcfgSettings;
    readonly event_handler?: JcfgSettings;
  };
  /** Files for the configuration folder by name, as they are; null leaves one of ours out. */
  readonly files?: Readonly<Record<string, string | null>>;
  /** Janus's own plugins to load; default the echo test alone. */
  readonly stock?: {
    readonly plugins?: readonly string[];
    readonly transports?: readonly string[];
    readonly events?: readonly string[];
  };
  /** Where `transports/` and `events/` with our plugins lie; default `build`. */
  readonly build?: string;
  /** A program, with arguments, that runs Janus (`valgrind ...`); it must not fork. */
  readonly wrapper?: readonly string[];
  /** More environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * When `start()` is done: `"ports"` (default) when our plugins' ports (or Unix sockets) listen,
   * `"spawned"` at once, or a pattern for a line of the log.
   */
  readonly ready?: "ports" | "spawned" | RegExp;
  /** Milliseconds that `start()` waits; default 20,000. */
  readonly timeout?: number;
  /** Called with each line of Janus's log. */
  readonly on_log?: (line: string) => void;
}

/** Ports of a private Janus. */
export interface PrivatePorts {
  readonly api: number;
  readonly admin: number;
  readonly events: number;
}

/** The ports that were asked for, and free ones for the rest. */
export function choosePorts(given: Partial<PrivatePorts> = {}): PrivatePorts {
  const [api = 0, admin = 0, events = 0] = freePorts(3);
  return { api, admin, events, ...given };
}

/** What clients of a private Janus connect to. */
export type PrivateEndpoints = Readonly<Record<keyof PrivatePorts, string>>;

/** The endpoints of a private Janus with these ports or, for `ipc`, in this folder. */
export function privateEndpoints(
  root: string,
  ports: PrivatePorts,
  ipc: boolean | undefined,
): PrivateEndpoints {
  const endpoint = (name: keyof PrivatePorts) =>
    ipc === true ? `ipc://${root}/${name}.sock` : `tcp://127.0.0.1:${ports[name]}`;
  return { api: endpoint("api"), admin: endpoint("admin"), events: endpoint("events") };
}

/** Makes the folders of a private Janus below `root`, and its configuration. */
export async function writeConfigs(
  root: string,
  ports: PrivatePorts,
  options: PrivateJanusOptions,
): Promise<void> {
  const own: ("transports" | "events")[] = [];
  if (options.transport !== false) own.push("transports");
  if (options.event_handler !== false) own.push("events");
  const folders = await makeFolders(root, {
    build: options.build ?? `${PROJECT_ROOT}/build`,
    own,
    stock: {
      plugins: options.stock?.plugins ?? ["echotest"],
      transports: options.stock?.transports ?? [],
      events: options.stock?.events ?? [],
    },
  });
  const endpoints = privateEndpoints(root, ports, options.ipc);
  const address = (name: keyof PrivatePorts) =>
    options.ipc === true ? endpoints[name] : "tcp://127.0.0.1";
  const runtime = { deno: Deno.execPath() };
  const { settings } = options;
  const transport: JcfgSettings = {
    general: { address: address("api"), port: ports.api },
    admin: {
      admin_enabled: options.admin === true,
      admin_address: address("admin"),
      admin_port: ports.admin,
    },
    runtime,
  };
  const general = { address: address("events"), port: ports.events };
  const events: JcfgSettings = { general, runtime };
  const files: Record<string, string | null> = {
    "janus.jcfg": formatJcfg(
      mergeSettings(janusSettings(folders, ADMIN_SECRET), settings?.janus),
    ),
    // Without a file of its own the echo test complains in the log.
    "janus.plugin.echotest.jcfg": formatJcfg({ general: { events: true } }),
    "janus.transport.zeromq.jcfg": formatJcfg(mergeSettings(transport, settings?.transport)),
    "janus.eventhandler.zeromqevh.jcfg": formatJcfg(
      mergeSettings(events, settings?.event_handler),
    ),
    ...options.files,
  };
  for (const [name, text] of Object.entries(files)) {
    if (text !== null) await Deno.writeTextFile(`${folders.configs}/${name}`, text);
  }
}
