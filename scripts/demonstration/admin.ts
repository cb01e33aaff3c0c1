/** Asking the event handler of a private Janus, over its Admin API. */
import { DemonstrationError } from "./demonstration.ts";
import { at, type JsonObject, parseObject } from "./describe.ts";
import type { JsonSocket } from "./json_socket.ts";

/** A REQ at the Admin API. */
export interface Admin {
  readonly admin: JsonSocket;
  readonly admin_secret: string;
}

/** Sends a request to the event handler. @throws {DemonstrationError} when it refuses */
export async function askEventHandler(
  { admin, admin_secret }: Admin,
  request: JsonObject,
): Promise<JsonObject> {
  admin.send(JSON.stringify({
    janus: "query_eventhandler",
    transaction: "demonstration",
    admin_secret,
    handler: "janus.eventhandler.zeromqevh",
    request,
  }));
  const reply = parseObject(await admin.receive());
  const response = at(reply, "response") as JsonObject | undefined;
  if (response !== undefined && response.error === undefined) return response;
  throw new DemonstrationError(`The event handler refused: ${JSON.stringify(reply)}`);
}
