/** The transports that are compared: how Janus is told of each, and how a client reaches it. */
import type { JcfgSettings } from "../../private_janus/config.ts";
import type { BrokerKey } from "../frame/brokers.ts";
import type { Candidate } from "../frame/contestants.ts";
import { HOOK_ASKED, HOOK_FILE } from "./hook.ts";

/** What each transport is called here. */
export type Key =
  | "zeromq"
  | "hook"
  | "native"
  | "nanomsg"
  | "websockets"
  | "pfunix"
  | "http"
  | "rabbitmq"
  | "mqtt";

/** Where a transport is reached, and what Janus must read for it. */
export interface Place {
  /** What the load generator connects to. */
  readonly address: string;
  /** The TCP port that must listen, the path of the Unix socket, or what Janus says of it. */
  readonly listens: number | string | RegExp;
  /** Janus's configuration of it, by file name. */
  readonly files?: Readonly<Record<string, JcfgSettings>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What our transport's own configuration has besides. */
  readonly settings?: JcfgSettings;
}

/** A transport in the comparison. Its `needs` are those of its backend. */
export interface Contestant extends Candidate {
  readonly key: Key;
  /** `load_<backend>.c` speaks to it. */
  readonly backend: string;
  /** Its file name; all but ours and the yardstick come with Janus. */
  readonly library: string;
  /** The server between it and its clients: it is compared where that one runs. */
  readonly broker?: BrokerKey;
  /** True where it can't be in one Janus with the others. */
  readonly alone?: true;
  /** What Janus says once it was asked for something: what does nothing would look fast. */
  readonly says?: RegExp;
  /** @param port free, or the broker's */
  place(port: number, folder: string): Place;
  /** What the load generator is told besides the address. */
  options(window: number): string[];
}

const ZMQ = [["libzmq", "libzmq3-dev"]] as const;
const none = () => [];
const off = { admin_enabled: false };
/** Queues, and topics. */
const TO_JANUS = "to-janus";
const FROM_JANUS = "from-janus";
/** Nothing is acknowledged: as the others have it, and the fastest. */
const MQTT_QUALITY = 0;

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
    key: "hook",
    title: "ours, a hook",
    backend: "dealer",
    needs: ZMQ,
    library: "libjanus_zeromq.so",
    alone: true,
    says: HOOK_ASKED,
    place: (port) => {
      const settings = { hooks: { modules: [HOOK_FILE] } };
      return { address: `tcp://127.0.0.1:${port}`, listens: port, settings };
    },
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
  {
    key: "rabbitmq",
    title: "RabbitMQ",
    backend: "rabbitmq",
    needs: [["librabbitmq", "librabbitmq-dev"]],
    programs: [["rabbitmq-server", "rabbitmq-server"]],
    library: "libjanus_rabbitmq.so",
    broker: "rabbitmq",
    place: (port) => {
      const general = {
        ...{ enabled: true, json: "compact", host: "127.0.0.1", port },
        ...{ to_janus: TO_JANUS, from_janus: FROM_JANUS },
      };
      const files = { "janus.transport.rabbitmq.jcfg": { general, admin: off } };
      // Janus is connected once it runs.
      return { address: `127.0.0.1:${port}/${FROM_JANUS}`, listens: port, files };
    },
    options: () => [TO_JANUS],
  },
  {
    key: "mqtt",
    title: "MQTT",
    backend: "mqtt",
    needs: [["libmosquitto", "libmosquitto-dev"]],
    programs: [["mosquitto", "mosquitto"]],
    library: "libjanus_mqtt.so",
    broker: "mosquitto",
    place: (port) => {
      const general = {
        ...{ enabled: true, json: "compact", url: `tcp://127.0.0.1:${port}`, client_id: "janus" },
        ...{ subscribe_topic: TO_JANUS, subscribe_qos: MQTT_QUALITY },
        ...{ publish_topic: FROM_JANUS, publish_qos: MQTT_QUALITY },
        // With its 10 and 100 it would lose replies to 128 requests.
        ...{ max_inflight: 1_000, max_buffered: 1_000 },
      };
      const files = {
        "janus.transport.mqtt.jcfg": { general, admin: off, status: { enabled: false } },
      };
      const address = `127.0.0.1:${port}`;
      return { address, listens: /successfully subscribed to MQTT topic/, files };
    },
    options: () => [TO_JANUS, FROM_JANUS, String(MQTT_QUALITY)],
  },
];
