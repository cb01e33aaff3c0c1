/** The measurements of `peer.c` in the thin layer: `thin.ts ROLE ADDRESS COUNT SIZE`. */
import { Flag, SocketType } from "../../../ffi/zmq/constants.ts";
import { ThinContext, type ThinSocket } from "../../../ffi/zmq/thin.ts";

const [role, address, countText, sizeText] = Deno.args;
const [count, size] = [Number(countText), Number(sizeText)];
const buffer = new Uint8Array(new ArrayBuffer(Math.max(size, 1)));
const message = buffer.subarray(0, size);

function take(socket: ThinSocket): void {
  if (socket.recv(buffer, Flag.NONE) < 0) throw socket.library.error("Cannot receive");
}

function give(socket: ThinSocket): void {
  if (socket.send(message, Flag.NONE) < 0) throw socket.library.error("Cannot send");
}

function report(start: number): void {
  console.log(Math.round((performance.now() - start) * 1e6));
}

using context = new ThinContext();
if (role === "roundtrip") {
  using socket = context.socket(SocketType.REQ);
  socket.connect(address!);
  let start = 0;
  for (let n = -Math.floor(count / 2); n < count; n++) {
    if (n === 0) start = performance.now();
    give(socket);
    take(socket);
  }
  report(start);
} else if (role === "sink") {
  using socket = context.socket(SocketType.PULL);
  socket.bind(address!);
  take(socket);
  const start = performance.now();
  for (let n = 1; n < count; n++) take(socket);
  report(start);
} else if (role === "push") {
  using socket = context.socket(SocketType.PUSH);
  socket.bind(address!);
  give(socket);
  const start = performance.now();
  for (let n = 1; n < count; n++) give(socket);
  report(start);
}
