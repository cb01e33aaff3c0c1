// A broker, its workers and their clients. The broker goes first, as the workers still say goodbye:
// the program must end all the same, although linger is for ever.
import * as zmq from "zeromq";

class Broker {
  socket = new zmq.Router({ sendHighWaterMark: 1, sendTimeout: 1 });
  free = [];
  jobs = [];

  async run() {
    for await (const [sender, , kind, ...rest] of this.socket) {
      switch (kind.toString()) {
        case "ready":
          this.free.push(sender);
          break;
        case "job":
          this.jobs.push([sender, ...rest]);
          break;
        case "result":
          this.free.push(sender);
          await this.socket.send([rest[0], null, ...rest.slice(2)]);
          break;
        case "bye":
          this.free = this.free.filter((worker) => !worker.equals(sender));
      }
      await this.dispatch();
    }
    console.log("broker: done");
  }

  async dispatch() {
    while (this.free.length > 0 && this.jobs.length > 0) {
      const [client, ...job] = this.jobs.shift();
      await this.socket.send([this.free.shift(), null, client, null, ...job]);
    }
  }
}

class Worker {
  socket = new zmq.Dealer();

  constructor(address) {
    this.socket.connect(address);
  }

  async run() {
    await this.socket.send([null, "ready"]);
    for await (const [, client, , text] of this.socket) {
      await this.socket.send([null, "result", client, null, text.toString().toUpperCase()]);
    }
    console.log("worker: done");
  }

  async stop() {
    await this.socket.send([null, "bye"]);
    this.socket.close();
  }
}

async function ask(address, text) {
  const socket = new zmq.Request({ receiveTimeout: 5000 });
  socket.connect(address);
  await socket.send(["job", text]);
  const [answer] = await socket.receive();
  return answer.toString();
}

const broker = new Broker();
await broker.socket.bind("tcp://127.0.0.1:*");
const address = broker.socket.lastEndpoint;
const workers = [new Worker(address), new Worker(address), new Worker(address)];
const running = Promise.all([broker, ...workers].map((one) => one.run()));
const asked = ["tea", "coffee", "soda", "water", "juice"].map((text) => ask(address, text));
console.log((await Promise.all(asked)).join());

broker.socket.close();
await Promise.all(workers.map((worker) => worker.stop()));
await running;
console.log("end");
