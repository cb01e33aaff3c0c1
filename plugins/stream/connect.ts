/** A connection to NATS that throws nothing where nobody can catch it. @module */
import type { ConnectionOptions, NatsConnection } from "@nats-io/nats-core";
import { NatsConnectionImpl, setTransportFactory } from "@nats-io/nats-core/internal";
import { nodeResolveHost, NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";
import type { Socket } from "node:net";

/**
 * Connects as `connect` of NATS's transport does.
 *
 * That one takes all listeners from a socket which it gives up, as after a refused login. What the
 * system says of the socket a moment later (a reset, a TLS alert) is then an error that nobody
 * catches, and ends the program. Here, sockets keep one listener to the end. No error of the
 * program's own is touched.
 */
export function connectNats(options: ConnectionOptions): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new Transport(), dnsResolveFn: nodeResolveHost });
  return NatsConnectionImpl.connect(options);
}

type Place = Parameters<NodeTransport["dial"]>[0];

class Transport extends NodeTransport {
  override async dial(place: Place) {
    return heard(await super.dial(place));
  }

  override async tlsFirst(place: Parameters<NodeTransport["tlsFirst"]>[0]) {
    return heard(await super.tlsFirst(place));
  }

  override async startTLS() {
    return heard(await super.startTLS());
  }

  override async peekInfo() {
    try {
      return await super.peekInfo();
    } catch (error) {
      throw error ?? new Error("Whoever listens there hangs up without a word");
    }
  }
}

/** Whoever takes all listeners from it leaves one for errors. */
function heard<T extends Socket>(socket: T): T {
  const remove = socket.removeAllListeners;
  const listen = () => void socket.on("error", () => {});
  listen();
  socket.removeAllListeners = (...args) => {
    remove.apply(socket, args);
    listen();
    return socket;
  };
  return socket;
}
