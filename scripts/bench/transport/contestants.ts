/** The transports that are compared: how Janus is told of each, and how a client reaches it. */
import type { JcfgSettings } from "../../private_janus/config.ts";
import type { Needs } from "../frame/compile.ts";

/** What each transport is called here. */
export type Key = "zeromq" | "native" | "nanomsg" | "websockets" | "pfunix" | "http";

/** Where a transport is reached, and what Janus must read for it. */
export interface Place {
  /** What the load generator connects to. */
  readonly address: string;
  /** The TCP port that must listen, or the path of the Unix socket. */
  readonly listens: number | string;
  /** Janus's configuration of it, by file name. */
  readonly files?: Readonly<Record<string, JcfgSettings>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A transport in the comparison. */
export interface Contestant {
  readonly key: Key;
  readonly title: string;
  /** `load_<backend>.c` speaks to it. */
  readonly backend: string;
  /** C libraries of the backend, by their pkg-config name, with Debian's package for each. */
  readonly needs: Needs;
  /** Its file name; all but ours and the yardstick come with Janus. */
  readonly library: string;
  place(port: number, folder: string): Place;
  /** What the load generator is told besides the address. */
  options(window: number): string[];
}

const ZMQ = [["libzmq", "libzmq3-dev"]] as const;
const none = () => [];
const off = { admin_enabled: false };

/** All of them, ours first. */
export const CONTESTANTS: readonly Contestant[] = [
  {
    key: "zeromq",
    title: "ZeroMQ (ours)",
    backend: "dealer",
    needs: ZMQ,
    library: "libjanus_zeromq.so",
    // The port in its configuration is the private Janus's.
    place: (port) => ({ address: `tcp://127.0.0.1:${port}`, listens: port }),
    options: none,
  },
  {
    key: "native",
    title: "ROUTER in C",
    backend: "dealer",
    needs: ZMQ,
    library: "libjanus_native_router.so",
    place: (port) => {
      const address = `tcp://127.0.0.1:${port}`;
      return { address, listens: port, env: { NATIVE_ROUTER_ADDRESS: address } };
    },
    options: none,
  },
  {
    key: "nanomsg",
    title: "nanomsg",
    backend: "nanomsg",
    needs: [["nanomsg", "libnanomsg-dev"]],
    library: "libjanus_nanomsg.so",
    place: (port) => {
      const address = `tcp://127.0.0.1:${port}`;
      const general = { enabled: true, json: "compact", mode: "bind", address };
      const files = { "janus.transport.nanomsg.jcfg": { general, admin: off } };
      return { address, listens: port, files };
    },
    options: none,
  },
  {
    key: "websockets",
    title: "WebSockets",
    backend: "websocket",
    needs: [],
    library: "libjanus_websockets.so",
    place: (port) => {
      const general = {
        json: "compact",
        ws: true,
        ws_port: port,
        ws_interface: "lo",
        wss: false,
      };
      const admin = { admin_ws: false, admin_wss: false };
      const files = { "janus.transport.websockets.jcfg": { general, admin } };
      return { address: `127.0.0.1:${port}`, listens: port, files };
    },
    options: none,
  },
  {
    key: "pfunix",
    title: "Unix sockets",
    backend: "seqpacket",
    needs: [],
    library: "libjanus_pfunix.so",
    place: (_port, folder) => {
      const path = `${folder}/janus.sock`;
      const general = { enabled: true, json: "compact", path, type: "SOCK_SEQPACKET" };
      const files = { "janus.transport.pfunix.jcfg": { general, admin: off } };
      return { address: path, listens: path, files };
    },
    options: none,
  },
  {
    key: "http",
    title: "HTTP",
    backend: "http",
    needs: [],
    library: "libjanus_http.so",
    place: (port) => {
      const general = { json: "compact", http: true, ip: "127.0.0.1", port, https: false };
      const admin = { admin_http: false, admin_https: false };
      const files = { "janus.transport.http.jcfg": { general, admin } };
      return { address: `127.0.0.1:${port}`, listens: port, files };
    },
    options: (window) => [String(window)],
  },
];
