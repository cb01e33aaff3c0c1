// The measurements of `peer.c` through the API that our public layer and npm's zeromq share:
// binding.mjs MODULE ROLE ADDRESS COUNT SIZE, on Deno or Node.
import process from "node:process";

const [module, role, address, countText, sizeText] = process.argv.slice(2);
const [count, size] = [Number(countText), Number(sizeText)];
const zmq = await import(module);
const message = new Uint8Array(size);
let start = 0;
let used;

function tick(n) {
  if (n !== Math.floor(count / 3)) return;
  start = performance.now();
  used = process.cpuUsage();
}

function fresh(n) {
  // npm's takes the memory over: so each message needs some of its own.
  const message = new Uint8Array(size);
  for (let byte = 0; byte < 4; byte++) message[byte] = n >>> (8 * byte);
  return message;
}

let socket;
if (role === "roundtrip") {
  socket = new zmq.Request();
  socket.connect(address);
  for (let n = 0; n < count; n++) {
    tick(n);
    await socket.send(message);
    await socket.receive();
  }
} else if (role === "sink") {
  socket = new zmq.Pull();
  await socket.bind(address);
  for (let n = 0; n < count; n++) {
    tick(n);
    await socket.receive();
  }
} else {
  socket = new zmq.Push();
  await socket.bind(address);
  for (let n = 0; n < count; n++) {
    tick(n);
    await socket.send(role === "fresh" ? fresh(n) : message);
  }
}
const { user, system } = process.cpuUsage(used);
console.log(Math.round((performance.now() - start) * 1e6), (user + system) * 1e3);
socket.close();
