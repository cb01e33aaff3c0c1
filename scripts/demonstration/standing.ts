/** A session that stays, so that a monitor has something to show. */
import { at, type JsonObject, parseObject } from "./describe.ts";
import type { JsonSocket } from "./json_socket.ts";

/** Milliseconds between messages: far less than Janus's session timeout. */
const PERIOD_MS = 10_000;

/** A session with a handle of the echo test, which gets a message now and then. */
export class StandingSession {
  readonly #dealer: JsonSocket;
  readonly #ids: JsonObject;
  #sentAt = -Infinity;
  #count = 0;

  private constructor(dealer: JsonSocket, ids: JsonObject) {
    this.#dealer = dealer;
    this.#ids = ids;
  }

  /** Begins one. @throws {Error} if Janus does not answer */
  static async begin(dealer: JsonSocket): Promise<StandingSession> {
    const ask = async (request: JsonObject): Promise<JsonObject> => {
      const transaction = `standing-${request.janus}`;
      dealer.send(JSON.stringify({ ...request, transaction }));
      for (;;) {
        const reply = parseObject(await dealer.receive(5000));
        if (reply.transaction === transaction) return reply;
      }
    };
    const session_id = at(await ask({ janus: "create" }), "data", "id");
    const plugin = "janus.plugin.echotest";
    const opaque_id = "demonstration";
    const handle = await ask({ janus: "attach", session_id, plugin, opaque_id });
    return new StandingSession(dealer, { session_id, handle_id: at(handle, "data", "id") });
  }

  /** Sends a message if it is time, which makes an event, and takes what Janus answers. */
  tick(): void {
    while (this.#dealer.take() !== undefined);
    const now = performance.now();
    if (now - this.#sentAt < PERIOD_MS) return;
    this.#sentAt = now;
    const body = { audio: true, video: this.#count++ % 2 === 0 };
    const transaction = `standing-${this.#count}`;
    this.#dealer.send(JSON.stringify({ janus: "message", transaction, ...this.#ids, body }));
  }
}
