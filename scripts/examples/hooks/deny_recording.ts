/**
 * Refuses to record, in whichever way the VideoRoom, the EchoTest, Streaming or Record&Play are asked to,
 * except to clients that the security settings know by one of the names in MAY_RECORD.
 *
 *     hooks: { modules = ["/etc/janus/hooks/deny_recording.ts"] }
 */
import { defineTransportHook } from "@janus-zeromq/janus-zeromq";

const MAY_RECORD: readonly (string | null)[] = ["studio"];

export default defineTransportHook({
  name: "deny-recording",
  onRequest(request, ctx) {
    if (request.janus !== "message" && request.janus !== "message_plugin") {
      return;
    }
    if (MAY_RECORD.includes(ctx.peer.name)) return;
    // On the Admin API plugins are asked by message_plugin, with the request in `request`.
    const body = request.janus === "message" ? request.body : request.request;
    if (!asksToRecord(body)) return;
    ctx.log.warning(`${ctx.peer.name ?? ctx.peer.address} may not record`);
    return ctx.refuse(403, "Recording is not allowed here");
  },
});

function asksToRecord(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  const { request, record, action } = body as Record<string, unknown>;
  // Record&Play has a request of that name, Streaming one that starts and stops.
  return record === true || means(request, "record") ||
    means(request, "recording") && means(action, "start");
}

/** Plugins compare without regard to case, as Janus does with `janus`: that is in small letters here. */
function means(value: unknown, word: string): boolean {
  return typeof value === "string" && value.toLowerCase() === word;
}
