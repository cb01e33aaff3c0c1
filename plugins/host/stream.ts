/** The stream: from the configuration to the sink. @module */
import type { Drops } from "../events/drops.ts";
import { StreamSink } from "../stream/sink.ts";
import type { PluginContext } from "./plugin.ts";
import { placeServers } from "./stream_servers.ts";

/** Opens the stream's sink; null if none is configured. */
export function openStream(
  { checked, boot, folder, root, link, log, configured, changed }: PluginContext<"eventhandler">,
  drops: Drops,
): StreamSink | null {
  const { enabled, ...settings } = checked.config.stream;
  if (!enabled) return null;
  const init = {
    servers: placeServers(settings, folder, root),
    stream: settings,
    instance: nameOf(settings.instance || boot.server_name || boot.host),
    host: boot.host,
    epoch: boot.epoch,
    window: settings.window,
  };
  const { linger } = settings;
  const source = link.openCompanions("stream");
  const sink = new StreamSink({
    ...{ link, log, drops, source, init, linger },
    changed: () => void changed(),
  });
  const switched = configured.stream as { readonly enabled?: boolean } | undefined;
  sink.enabled = switched?.enabled ?? true;
  return sink;
}

/** A name as the configuration would take it: a token of subjects. */
function nameOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 64) || "janus";
}
