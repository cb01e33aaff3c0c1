/**
 * my-hook: refuses new sessions on the Janus API but to clients with a name, and says in attached
 * handles whose they are.
 *
 * That is an example of everything that a hook can do: put your own in its place.
 */
import { defineTransportHook } from "@janus-zeromq/janus-zeromq";

export default defineTransportHook({
  name: "my-hook",

  // Each request of a client's, before Janus sees it.
  onRequest(request, ctx) {
    // Who asks: its name in the security settings, its routing id, its address, which API.
    const { name, address, admin } = ctx.peer;

    // A refusal: the client gets it as Janus's error, and Janus nothing.
    if (request.janus === "create" && name === null && !admin) {
      ctx.log.warning(`${address} has no name`);
      return ctx.refuse(403, "Who are you?");
    }

    // A changed copy goes on in place of the request.
    if (request.janus === "attach") return { ...request, opaque_id: name ?? address };

    // Nothing: the request goes on as it is.
  },

  // Each reply and each asynchronous event, before the client gets it. Leave it out if you don't
  // need it: replies are parsed for it.
  onReply(reply) {
    if (reply.janus === "server_info") return { ...reply, name: "Janus" };
  },
  // Also to be had: setup(ctx) and teardown(), for what lasts from the first request to the last.
});
