/**
 * Gives each new handle an `opaque_id` that says whose it is, where the client gave none: its name
 * in the security settings, else its routing id, else its address. Janus repeats it in every event
 * of the handle. Clients that claim to be others are put right, so that it can be relied on.
 *
 *     hooks: { modules = ["/etc/janus/hooks/name_handles.ts"] }
 */
import { defineTransportHook } from "@janus-zeromq/janus-zeromq";

export default defineTransportHook({
  name: "name-handles",
  onRequest(request, { peer }) {
    if (request.janus !== "attach") return;
    const name = peer.name ?? peer.identity ?? peer.address;
    // What a client says of itself is kept behind its name.
    const own = typeof request.opaque_id === "string" ? `/${request.opaque_id}` : "";
    return { ...request, opaque_id: name + own };
  },
});
