/** Real WebRTC calls through filters: the examples, as they are, in the plugin. */
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { Call, startForCalls } from "./support/call.ts";
import { CallEvents } from "./support/call_events.ts";
import { ECHO_EVENTS } from "./support/fixture.ts";
import { ADDRESS } from "./support/namespace.ts";

const example = (name: string) => `${PROJECT_ROOT}/scripts/examples/filters/${name}.ts`;
const SECONDS = 4;

Deno.test("a call through two filters: addresses are coarse, statistics are few, the rest is all there", async () => {
  const modules = [example("redact_ips"), example("thin_statistics")];
  await using fixture = await startForCalls({
    files: ECHO_EVENTS,
    settings: { event_handler: { filters: { modules } } },
  });
  await using sub = await fixture.subscribe();
  await using call = await Call.start(fixture, { trickle: true });
  const events = new CallEvents(sub, call);
  const first = await events.first("32.3");
  // Janus tells of each medium once a second: one filter lets it pass once in thirty.
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  await call.tell("hangup");
  await events.first("16.6", ({ event }) => event.connection === "hangup");

  const mids = events.of("32.3").flatMap(({ event }) => event).map(({ mid }) => mid);
  assertEquals([...new Set(mids)].sort(), ["0", "1"]);
  assertEquals(mids.length, 2, `after ${first.timestamp}: ${mids}`);

  const text = JSON.stringify(events.seen);
  assert(!text.includes(ADDRESS), text);
  const coarse = ADDRESS.replace(/\d+$/, "0");
  for (const { event } of events.of("16.2")) assert(event["local-candidate"].includes(coarse));
  assertEquals(events.of("8").map(({ event }) => event.jsep.type), ["offer", "answer"]);
  for (const { event } of events.of("8")) assert(event.jsep.sdp.startsWith("v=0\r\n"));

  const { filters } = await fixture.query("events", { request: "info" });
  const [redact, thin] = filters;
  assertEquals([redact.state, redact.errors, thin.state, thin.errors], ["on", 0, "on", 0]);
  assertGreater(redact.events, 0);
  assertGreater(thin.dropped, 2);
  assertEquals(fixture.complaints("ERR", "events"), []);
});
