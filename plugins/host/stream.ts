/** The stream: from the configuration to the sink. @module */
import type { Drops } from "../events/drops.ts";
import { StreamSink } from "../stream/sink.ts";
import type { PluginContext } from "./plugin.ts";

/** Opens the stream's sink; null if none is configured. */
export function openStream(
  { checked, boot, folder, link, log, configured }: PluginContext<"eventhandler">,
  drops: Drops,
): StreamSink | null {
  const { enabled, ...settings } = checked.config.stream;
  if (!enabled) return null;
  // As the stub has written it into the companion's rights.
  const file = (path: string) => path === "" || path.startsWith("/") ? path : `${folder}/${path}`;
  const { credentials, password_file, token_file, ca, cert, key } = settings;
  const init = {
    servers: {
      servers: settings.servers,
      user: settings.user,
      credentials: file(credentials),
      password_file: file(password_file),
      token_file: file(token_file),
      ca: file(ca),
      cert: file(cert),
      key: file(key),
    },
    stream: settings,
    instance: nameOf(settings.instance || boot.server_name || boot.host),
    host: boot.host,
    epoch: boot.epoch,
    window: settings.window,
  };
  const { linger } = settings;
  const source = link.openCompanions("stream");
  const sink = new StreamSink({ link, log, drops, source, init, linger });
  const switched = configured.stream as { readonly enabled?: boolean } | undefined;
  sink.enabled = switched?.enabled ?? true;
  return sink;
}

/** A name as the configuration would take it: a token of subjects. */
function nameOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 64) || "janus";
}
