/** Configurations of the transport for tests, in both formats. */
import type { Sites } from "../../../../plugins/host/config/endpoint.ts";
import { ConfigError, readConfig } from "../../../../plugins/host/config/read.ts";
import type { PluginKind } from "../../../../plugins/host/config/schema.ts";
import type { JanusTree } from "../../../../plugins/host/config/source.ts";
import { assertThrows } from "../../../assert.ts";

export const JSONC = "janus.transport.zeromq.jsonc";
export const JCFG = "/etc/janus/janus.transport.zeromq.jcfg";

export function jsonc(text: string) {
  return readConfig("transport", { format: "jsonc", path: JSONC, text });
}

export function jcfg<K extends PluginKind>(kind: K, tree: JanusTree) {
  return readConfig(kind, { format: "jcfg", path: JCFG, tree });
}

export function failure(run: () => unknown): ConfigError {
  return assertThrows(run, ConfigError);
}

/** One endpoint to listen on. */
export function bound(endpoint: string, ipv6 = false): Sites {
  return { mode: "bind", endpoints: [{ endpoint, ipv6 }] };
}
