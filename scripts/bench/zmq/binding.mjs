// The measurements of `peer.c` through the API that our public layer and npm's zeromq share:
// binding.mjs MODULE ROLE ADDRESS COUNT SIZE, on Deno or Node.
import process from "node:process";

const [module, role, address, countText, sizeText] = process.argv.slice(2);
const [count, size] = [Number(countText), Number(sizeText)];
const zmq = await import(module);
const message = new Uint8Array(size);

function report(start) {
  console.log(Math.round((performance.now() - start) * 1e6));
}

if (role === "roundtrip") {
  const socket = new zmq.Request();
  socket.connect(address);
  let start = 0;
  for (let n = -Math.floor(count / 2); n < count; n++) {
    if (n === 0) start = performance.now();
    await socket.send(message);
    await socket.receive();
  }
  report(start);
  socket.close();
} else if (role === "sink") {
  const socket = new zmq.Pull();
  await socket.bind(address);
  await socket.receive();
  const start = performance.now();
  for (let n = 1; n < count; n++) await socket.receive();
  report(start);
  socket.close();
} else if (role === "push") {
  const socket = new zmq.Push();
  await socket.bind(address);
  await socket.send(message);
  const start = performance.now();
  for (let n = 1; n < count; n++) await socket.send(message);
  report(start);
  socket.close();
}
