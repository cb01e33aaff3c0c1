/** Where a plugin's socket is, in tests that need no more than an endpoint. */
import { Option } from "../../ffi/zmq/constants.ts";
import type { ThinSocket } from "../../ffi/zmq/thin.ts";

/** Binds a socket to an endpoint, for everybody. */
export function plainSite(endpoint: string, { sndhwm = 1000 }: { sndhwm?: number } = {}) {
  return {
    configure: (socket: ThinSocket) => socket.setInt(Option.SNDHWM, sndhwm),
    open: (socket: ThinSocket) => {
      socket.bind(endpoint);
      return [socket.lastEndpoint()];
    },
    handshakeFailed: () => {},
  };
}
