/** New clients in storms, with several I/O threads: nobody's first request is lost. */
import { Option, SocketType } from "../../ffi/zmq/constants.ts";
import { ThinContext, type ThinSocket } from "../../ffi/zmq/thin.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { frames, receiveFrames, sendFrames, texts } from "../plugins/transport/sockets.ts";
import { Fixture, request } from "./support/fixture.ts";

const CLIENTS = 3000;
/** At once. */
const WAVE = 30;
const STORM_MS = 3000;

/** Opens a client that asks something at once. */
function ask(context: ThinContext, endpoint: string, routingId: string | null): ThinSocket {
  const socket = context.socket(SocketType.DEALER);
  socket.setInt(Option.LINGER, 0);
  if (routingId !== null) socket.setBytes(Option.ROUTING_ID, routingId);
  socket.connect(endpoint);
  sendFrames(socket, frames(request("ping")));
  return socket;
}

for (const ipc of [true, false]) {
  Deno.test(`every new client is answered, over ${ipc ? "ipc" : "tcp"}`, async () => {
    await using fixture = await Fixture.start({
      admin: true,
      event_handler: false,
      ipc,
      settings: { transport: { zeromq: { io_threads: 4 } } },
    });
    using context = new ThinContext();
    let count = 0;
    for (const end = Date.now() + STORM_MS; count < CLIENTS && Date.now() < end;) {
      const sockets = Array.from({ length: WAVE }, (_, i) => {
        return ask(context, fixture.janus.endpoints.api, i % 2 === 0 ? null : `client ${i}`);
      });
      const answers = sockets.map((socket) => texts(receiveFrames(socket))?.join());
      for (const socket of sockets) socket.close();
      for (const answer of answers) assertMatch(answer ?? "none", /"pong"/, `after ${count}`);
      count += WAVE;
    }
    await fixture.waitFor("all of them to be gone", async () => {
      return (await fixture.counters()).peers === 0;
    });
    assertEquals((await fixture.counters()).errors, 0);
  });
}
