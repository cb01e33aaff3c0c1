/**
 * Calls Janus's echo test, or a room, over ZeroMQ, with made-up audio, video and text: `caller.ts OPTIONS`, run
 * by `call.ts` in Janus's network. Each line on stdin is an order, each line on stdout one of:
 *
 *   call JSON     what was agreed on; the media follow
 *   event JSON    what Janus told of the handle
 *   done JSON     what came of an order
 *
 * The end of stdin ends the call and the program.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { connect, type JanusHandle, type JanusSession, type Jsep } from "../../../mod.ts";
import { Media, Peer, type PeerOptions } from "./peer.ts";

/** What a caller is told. */
export interface CallerOptions extends PeerOptions {
  /** Of the transport. */
  readonly endpoint: string;
  readonly opaqueId: string;
  /** Calls this room of the VideoRoom instead of the echo test, as one who publishes. */
  readonly room?: number;
}

/** What was agreed on. */
export interface CallDescription {
  readonly session_id: number;
  readonly handle_id: number;
  readonly offer: Jsep;
  readonly answer: Jsep;
}

function say(kind: "call" | "event" | "done", what: unknown): void {
  // Deno's console writes a line at once.
  console.log(`${kind} ${JSON.stringify(what)}`);
}

async function tellEvents(handle: JanusHandle): Promise<void> {
  for await (const event of handle.events()) say("event", event);
}

/** A call that goes on. */
interface Going {
  readonly session: JanusSession;
  readonly handle: JanusHandle;
  readonly peer: Peer;
  readonly media: Media;
}

/** Does what an order says; returns what came of it. */
async function obey(
  order: string,
  { session, handle, peer, media }: Going,
): Promise<unknown> {
  const [verb, argument] = order.split(" ");
  switch (verb) {
    case "pause":
      return media.pause();
    case "resume":
      return media.resume();
    case "lose":
      return media.loseOneIn(Number(argument));
    case "count":
      return peer.received;
    case "hangup":
      return await handle.hangup();
    case "detach":
      return await handle.detach();
    case "destroy":
      return await session.destroy();
    default:
      throw new TypeError(`Cannot obey: there is no order "${order}"`);
  }
}

async function main(options: CallerOptions): Promise<void> {
  await using janus = await connect(options.endpoint);
  const session = await janus.createSession();
  const { opaqueId, room } = options;
  const plugin = room === undefined ? "echotest" : "videoroom";
  const handle = await session.attach(`janus.plugin.${plugin}`, { opaqueId });
  const told = tellEvents(handle);
  const peer = new Peer(options);
  const offer = await peer.offer();
  const join = { request: "joinandconfigure", room, ptype: "publisher", display: opaqueId };
  const body = { ...room === undefined ? {} : join, audio: true, video: true };
  const { jsep: answer } = await handle.message(body, { jsep: offer });
  if (answer === undefined) throw new Error("Janus sent no answer");
  if (options.trickle) {
    for (const candidate of peer.candidates) await handle.trickle(candidate);
    await handle.trickle(null);
  }
  say("call", { session_id: session.id, handle_id: handle.id, offer, answer });
  await peer.accept(answer);
  const media = new Media(peer);
  for await (const order of createInterface({ input: process.stdin })) {
    say("done", await obey(order, { session, handle, peer, media }) ?? {});
  }
  media.pause();
  await janus.close();
  await peer.close();
  await told;
}

if (import.meta.main) {
  await main(JSON.parse(Deno.args[0] ?? "{}"));
  // werift may still have timers.
  Deno.exit();
}
