/**
 * Publishes events as the event handler does, with numbers: `generator.ts RATE`. Prints its endpoint,
 * and begins when somebody subscribes.
 */
import { XPublisher } from "../../../ffi/zmq/mod.ts";
import { sleep } from "../../lib/waiting.ts";
import { Load } from "./load.ts";

const TURN_MS = 10;

async function publish(rate: number): Promise<never> {
  await using socket = new XPublisher({ linger: 0, sendHighWaterMark: 200_000, noDrop: true });
  await socket.bind("tcp://127.0.0.1:*");
  console.log(socket.lastEndpoint);
  await socket.receive();
  const load = new Load();
  let number = 0;
  const send = async (events: Iterable<string>) => {
    for (const event of events) await socket.send([event, String(++number)]);
  };
  await send(load.begin());
  let due = 0;
  for (let at = performance.now();; at += TURN_MS) {
    due += rate * TURN_MS / 1000;
    await send(load.events(Math.floor(due)));
    due -= Math.floor(due);
    await sleep(Math.max(0, at + TURN_MS - performance.now()));
  }
}

if (import.meta.main) await publish(Number(Deno.args[0]));
