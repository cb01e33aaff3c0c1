/** Starts a Janus that has one event handler and the generator, and nothing else. */
import { formatJcfg } from "../../private_janus/config.ts";
import { PrivateJanus } from "../../private_janus/private_janus.ts";
import { freePorts } from "../../lib/ports.ts";
import type { Belongings } from "../../lib/belongings.ts";
import type { Handler, Place } from "./contestant.ts";

/** What such a Janus is made of. */
export interface Parts {
  readonly handler: Handler;
  /** The handler's shared object. */
  readonly library: string;
  /** The generator's. */
  readonly generator: string;
  readonly place: Place;
  /** The port in the configuration of ours. */
  readonly port: number;
}

/** Starts it. @returns it, and the port of its Admin API; what is made for it is `own`'s */
export async function startJanus(
  parts: Parts,
  own: Belongings,
): Promise<{ readonly janus: PrivateJanus; readonly admin: number }> {
  const [api = 0, admin = 0] = freePorts(2);
  const folder = await own.folder("janus-bench-events");
  await linkPlugins(folder, parts);
  const ports = { events: parts.port, api, admin };
  return { janus: own.use(await start(parts, folder, ports)), admin };
}

/** Makes folders with links to the generator and to the one handler: more would slow each other down. */
async function linkPlugins(
  folder: string,
  { handler, library, generator }: Parts,
): Promise<void> {
  await Deno.mkdir(`${folder}/plugins`);
  await Deno.mkdir(`${folder}/events`);
  await Deno.symlink(generator, `${folder}/plugins/libjanus_eventgen.so`);
  await Deno.symlink(library, `${folder}/events/libjanus_${handler.library}.so`);
}

async function start(
  { handler: { origin }, place }: Parts,
  folder: string,
  ports: { readonly events: number; readonly api: number; readonly admin: number },
): Promise<PrivateJanus> {
  // Janus refuses to run without a transport of the Janus API.
  const api = { ws: true, ws_port: ports.api, ws_interface: "lo", wss: false };
  const admin = { admin_ws: true, admin_ws_port: ports.admin, admin_ws_interface: "lo" };
  const files = {
    "janus.transport.websockets.jcfg": {
      general: { json: "compact", events: false, ...api },
      admin: { ...admin, admin_wss: false },
    },
    ...place.files,
  };
  return await PrivateJanus.start({
    transport: false,
    event_handler: origin === "ours",
    ports: { events: ports.events },
    stock: { plugins: [], transports: ["websockets"] },
    settings: {
      janus: {
        general: { plugins_folder: `${folder}/plugins`, events_folder: `${folder}/events` },
      },
      ...(place.settings === undefined ? {} : { event_handler: place.settings }),
    },
    files: Object.fromEntries(
      Object.entries(files).map(([name, settings]) => [name, formatJcfg(settings)]),
    ),
    env: { ...place.env },
  });
}
