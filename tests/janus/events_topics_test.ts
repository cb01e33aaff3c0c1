/** Topics and numbers, as clients in three languages get them. */
import { eventTopic } from "../../plugins/janus/event_types.ts";
import { assert, assertEquals } from "../assert.ts";
import { clientLibraries } from "./support/clients.ts";
import { ECHO_EVENTS, type Fixture, request, sharedFixture } from "./support/fixture.ts";

const shared = sharedFixture({
  admin: true,
  files: ECHO_EVENTS,
  settings: { event_handler: { general: { topics: true, sequence: true } } },
});

/** Lives through a session with an echo-test handle, up to its end. @returns its id */
async function liveSession(fixture: Fixture): Promise<number> {
  await using dealer = fixture.connect("DEALER");
  const session_id: number = (await fixture.ask(dealer, "create")).data.id;
  const plugin = "janus.plugin.echotest";
  const handle_id = (await fixture.ask(dealer, "attach", { session_id, plugin })).data.id;
  for (const audio of [true, "nonsense"]) {
    dealer.send(request("message", { session_id, handle_id, body: { audio } }));
    await dealer.json();
    await dealer.json();
  }
  await fixture.ask(dealer, "destroy", { session_id });
  return session_id;
}

for (const { name, opener } of clientLibraries()) {
  Deno.test(`${name}: topic, JSON and number, without a gap`, async () => {
    const fixture = await shared();
    await using sub = await fixture.subscribe("", await opener());
    const session_id = await liveSession(fixture);
    await fixture.emit({ last: session_id });
    const topics: string[] = [];
    let before = NaN;
    for (;;) {
      const frames = await sub.receive();
      assertEquals(frames.length, 3);
      const [topic, text, number] = frames as [string, string, string];
      const event = JSON.parse(text);
      assertEquals(topic, eventTopic(event));
      if (!Number.isNaN(before)) assertEquals(Number(number), before + 1);
      before = Number(number);
      topics.push(topic);
      if (event.event.data?.last === session_id) break;
    }
    for (
      const wanted of [
        `sessions.-.${session_id}.janus.transport.zeromq`,
        `handles.-.${session_id}.janus.plugin.echotest`,
        `plugins.-.${session_id}.janus.plugin.echotest`,
        "transports.-.-.janus.transport.zeromq",
        "external.-.-.",
      ]
    ) {
      assert(topics.includes(wanted), `${wanted} is not among ${topics.join(" ")}`);
    }
  });

  Deno.test(`${name}: a prefix selects at the publisher`, async () => {
    const fixture = await shared();
    await using sub = await fixture.subscribe("handles.", await opener());
    const session_id = await liveSession(fixture);
    const seen: string[] = [];
    while (seen.length < 2) {
      const [topic = "", text = ""] = await sub.receive();
      assert(topic.startsWith("handles.-."), topic);
      if (topic.includes(`.${session_id}.`)) seen.push(JSON.parse(text).event.name);
    }
    assertEquals(seen, ["attached", "detached"]);
  });
}
