/** The measurements of `peer.c` in the thin layer: `thin.ts ROLE ADDRESS COUNT SIZE`. */
import process from "node:process";
import { Flag, SocketType } from "../../../ffi/zmq/constants.ts";
import { ThinContext, type ThinSocket } from "../../../ffi/zmq/thin.ts";

const [role, address, countText, sizeText] = Deno.args;
const [count, size] = [Number(countText), Number(sizeText)];
const buffer = new Uint8Array(new ArrayBuffer(Math.max(size, 1)));
const message = buffer.subarray(0, size);
const warm = Math.floor(count / 3);

function take(socket: ThinSocket): void {
  if (socket.recv(buffer, Flag.NONE) < 0) throw socket.library.error("Cannot receive");
}

function give(socket: ThinSocket): void {
  if (socket.send(message, Flag.NONE) < 0) throw socket.library.error("Cannot send");
}

function measure(once: (n: number) => void): void {
  for (let n = 0; n < warm; n++) once(n);
  const start = performance.now();
  const used = process.cpuUsage();
  for (let n = warm; n < count; n++) once(n);
  const { user, system } = process.cpuUsage(used);
  console.log(Math.round((performance.now() - start) * 1e6), (user + system) * 1e3);
}

using context = new ThinContext();
if (role === "roundtrip") {
  using socket = context.socket(SocketType.REQ);
  socket.connect(address!);
  measure(() => {
    give(socket);
    take(socket);
  });
} else if (role === "sink") {
  using socket = context.socket(SocketType.PULL);
  socket.bind(address!);
  measure(() => take(socket));
} else {
  using socket = context.socket(SocketType.PUSH);
  socket.bind(address!);
  const fresh = role === "fresh";
  measure((n) => {
    if (fresh) { for (let byte = 0; byte < 4; byte++) message[byte] = n >>> (8 * byte); }
    give(socket);
  });
}
