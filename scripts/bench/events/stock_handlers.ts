/** Janus's own event handlers in the comparison. */
import type { Contestant, Key } from "./contestant.ts";
import { RATES } from "./loads.ts";

/** Without the long burst, for which those that are slow would take most of the time. */
export const SHORT = [...RATES, "short burst"] as const;
/** What their brokers leave room for, too. */
const BROKERED = SHORT.filter((load) => load !== 1_000);

/** Of RabbitMQ and of MQTT. */
const QUEUE = "janus-events";

/** What all of them are told: the generator's events alone, as others would be counted as its own. */
function general() {
  return { enabled: true, events: "plugins", json: "compact" };
}

/** nanomsg, which listens. */
export function nanomsg(key: Key, title: string, grouping: boolean): Contestant {
  return {
    ...{ key, title, filters: 0 },
    ...{ origin: "stock", library: "nanomsgevh", backend: "nanomsg" },
    needs: [["nanomsg", "libnanomsg-dev"]],
    place: (port) => {
      const address = `tcp://127.0.0.1:${port}`;
      const settings = { general: { ...general(), grouping, mode: "bind", address } };
      return { address, files: { "janus.eventhandler.nanomsgevh.jcfg": settings } };
    },
  };
}

/** WebSockets: the handler is the client, so that its subscriber listens. */
export function websockets(): Contestant {
  return {
    ...{ key: "websockets", title: "WebSockets", filters: 0, loads: SHORT },
    ...{ origin: "stock", library: "wsevh", backend: "websocket" },
    needs: [["glib-2.0", "libglib2.0-dev"]],
    place: (port) => {
      const backend = `ws://127.0.0.1:${port}`;
      const settings = { general: { ...general(), grouping: false, backend } };
      return { address: String(port), files: { "janus.eventhandler.wsevh.jcfg": settings } };
    },
  };
}

/** RabbitMQ: into a queue in memory. */
export function rabbitmq(): Contestant {
  return {
    ...{ key: "rabbitmq", title: "RabbitMQ", filters: 0, broker: "rabbitmq", loads: BROKERED },
    ...{ origin: "stock", library: "rabbitmqevh", backend: "rabbitmq" },
    needs: [["librabbitmq", "librabbitmq-dev"]],
    programs: [["rabbitmq-server", "rabbitmq-server"]],
    place: (port) => {
      const broker = { host: "127.0.0.1", port, route_key: QUEUE };
      const settings = { general: { ...general(), grouping: false, ...broker } };
      const files = { "janus.eventhandler.rabbitmqevh.jcfg": settings };
      return { address: `127.0.0.1:${port}/${QUEUE}`, files };
    },
  };
}

/** More than any load has events: by default it is 100, and the handler drops what is more. */
const MQTT_BUFFERED = 1_000_000;

/** MQTT at QoS 0, as PUB confirms nothing either. */
export function mqtt(): Contestant {
  return {
    ...{ key: "mqtt", title: "MQTT, QoS 0", filters: 0, broker: "mosquitto", loads: BROKERED },
    ...{ origin: "stock", library: "mqttevh", backend: "mqtt" },
    needs: [["libmosquitto", "libmosquitto-dev"]],
    programs: [["mosquitto", "mosquitto"]],
    place: (port) => {
      const broker = { url: `tcp://127.0.0.1:${port}`, topic: QUEUE };
      const quality = { qos: 0, max_buffered: MQTT_BUFFERED, client_id: "bench" };
      const settings = { general: { ...general(), ...broker, ...quality } };
      const files = { "janus.eventhandler.mqttevh.jcfg": settings };
      // The kind of event is added to the topic, whatever the configuration says.
      return { address: `127.0.0.1:${port}/${QUEUE}/#`, files };
    },
  };
}
