/** MQTT: a Mosquitto of its own. */
import { Belongings } from "../../lib/belongings.ts";
import { freePorts, untilListening } from "../../lib/ports.ts";
import { findExecutable } from "../../lib/run.ts";
import { Broker } from "./broker.ts";

/** Milliseconds for the server to listen. */
const START_MS = 10_000;
/** Debian's is not on every user's PATH. */
const PATH = `${Deno.env.get("PATH") ?? ""}:/usr/sbin`;

/** A server that keeps nothing, drops nothing that waits for a subscriber, and delays nothing. */
export class MosquittoServer extends Broker {
  /** Starts one. @throws {Error} where there is no mosquitto, or it does not listen in time */
  static async start(): Promise<MosquittoServer> {
    const program = await findExecutable("mosquitto", PATH);
    if (program === undefined) throw new Error("Cannot start Mosquitto: there is no mosquitto");
    await using own = new Belongings();
    const folder = await own.folder("mosquitto");
    const [port = 0] = freePorts(1);
    const file = `${folder}/mosquitto.conf`;
    await Deno.writeTextFile(file, configuration(port));
    const silent = { stdout: "null", stderr: "null" } as const;
    const server = await own.start([program, "-c", file], silent);
    await untilListening(port, START_MS, "Mosquitto");
    return new MosquittoServer(server.pid, port, own.move());
  }
}

function configuration(port: number): string {
  // Started by root it would become another user, and then no longer end with us.
  return `user root
listener ${port} 127.0.0.1
allow_anonymous true
persistence false
log_dest none
max_queued_messages 0
set_tcp_nodelay true
`;
}
