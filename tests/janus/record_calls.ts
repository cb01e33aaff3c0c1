/**
 * Makes tests/data/events.jsonl anew, which filter:try and tests use: half a minute of a real Janus with
 * a call to the echo test that loses packets, and two who meet in a room.
 *
 *     scripts/deno run -A tests/janus/record_calls.ts
 */
import { parseEvents } from "../../mod.ts";
import { formatJcfg } from "../../scripts/private_janus/config.ts";
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { sleep } from "../../scripts/lib/waiting.ts";
import { Call, startForCalls } from "./support/call.ts";
import { ECHO_EVENTS } from "./support/fixture.ts";
import { assertRecording } from "./support/recording.ts";

const OUTPUT = `${PROJECT_ROOT}/tests/data/events.jsonl`;
const ROOM = 1234;

const VIDEOROOM = {
  "janus.plugin.videoroom.jcfg": formatJcfg({
    general: { events: true },
    [`room-${ROOM}`]: { description: "Demo", publishers: 4, audiocodec: "opus", videocodec: "vp8" },
  }),
};

/** Takes what comes until Janus says that it ends. */
async function record(lines: string[], next: () => Promise<string>): Promise<void> {
  for (;;) {
    const line = await next();
    lines.push(line);
    if (line.includes('"status":"shutdown"')) return;
  }
}

const seconds = (count: number) => sleep(count * 1000);

const lines: string[] = [];
{
  await using fixture = await startForCalls({
    files: { ...ECHO_EVENTS, ...VIDEOROOM },
    stock: { plugins: ["echotest", "videoroom"] },
    settings: { janus: { general: { server_name: "janus" } } },
    ready: "spawned",
  });
  // In time for what Janus tells of its start.
  await using sub = fixture.client.open({ type: "SUB", endpoint: fixture.janus.endpoints.events });
  await fixture.subscriptions(1);
  const recorded = record(lines, () => sub.text(60_000));
  {
    await using caller = await Call.start(fixture, { opaqueId: "caller", trickle: true });
    await seconds(2);
    await caller.tell("lose 8");
    await seconds(6);
    await caller.tell("hangup");
  }
  {
    await using ann = await Call.start(fixture, { opaqueId: "ann", room: ROOM, data: false });
    await fixture.emit({ note: "ann is there" });
    await seconds(6);
    await using bob = await Call.start(fixture, { opaqueId: "bob", room: ROOM, trickle: true });
    await seconds(8);
    await bob.tell("pause");
    await seconds(3);
    await bob.tell("resume");
    await seconds(4);
    await ann.tell("hangup");
    await seconds(3);
    await bob.kill();
    await seconds(1);
  }
  await fixture.janus.stop();
  await recorded;
}
// Janus's threads hand their events over some microseconds after they have noted the time.
const timeOf = (line: string) => Number(JSON.parse(line).timestamp);
const text = `${lines.toSorted((a, b) => timeOf(a) - timeOf(b)).join("\n")}\n`;
assertRecording(parseEvents(text));
await Deno.writeTextFile(OUTPUT, text);
console.log(`${lines.length} events in ${OUTPUT}`);
