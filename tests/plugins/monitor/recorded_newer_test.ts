/** Five recorded calls of Janus 1.4: what was counted by hand, and what the metrics say. */
import { assertEquals } from "../../assert.ts";
import { modelOf, recordedCalls, samplesOf, valuesOf } from "./support.ts";

/** All of them, a second after the other, and what comes after the last. */
function replayed() {
  const model = modelOf();
  const events = recordedCalls("calls-1.4");
  const at = (index: number) => Math.floor(events.at(index)!.timestamp / 1000);
  let tick = at(0);
  for (const [index, event] of events.entries()) {
    for (; tick + 1000 <= at(index); tick += 1000) model.tick(tick + 1000);
    model.take(0, [event], null, at(index));
  }
  for (let second = 1; second <= 10; second++) model.tick(tick + second * 1000);
  return { model, end: tick + 10_000 };
}

Deno.test("statistics one by one and combined, data channels too, are as counted by hand", async () => {
  const { model } = replayed();
  assertEquals(await valuesOf(model, "janus_media_bytes_total"), {
    'media="audio",direction="in"': 8460,
    'media="audio",direction="out"': 5220,
    'media="video",direction="in"': 33787,
    'media="video",direction="out"': 20566,
    'media="data",direction="in"': 25234,
    'media="data",direction="out"': 0,
  });
  assertEquals(await valuesOf(model, "janus_media_packets_total"), {
    'media="audio",direction="in"': 564,
    'media="audio",direction="out"': 348,
    'media="video",direction="in"': 299,
    'media="video",direction="out"': 182,
    'media="data",direction="in"': 266,
    'media="data",direction="out"': 0,
  });
});

Deno.test("sessions whose clients were killed are gone, though Janus tells that they were destroyed", async () => {
  const { model } = replayed();
  assertEquals(await valuesOf(model, "janus_sessions_ended_total"), {
    'reason="destroyed"': 3,
    'reason="gone"': 2,
  });
  assertEquals(await valuesOf(model, "janus_handles"), {});
  const samples = await samplesOf(model);
  const value = (name: string) => samples.get(`${name}{instance_name="janus-zeromq"}`);
  assertEquals([value("janus_sessions"), value("janus_peerconnections")], [0, 0]);
  assertEquals([value("janus_setup_seconds_count"), value("janus_call_seconds_count")], [5, 5]);
});

Deno.test("a call whose ICE failed is over, and says why", async () => {
  const { model, end } = replayed();
  assertEquals(await valuesOf(model, "janus_hangups_total"), {
    'reason="Janus API"': 2,
    'reason="Detach"': 1,
    'reason="ICE failed"': 1,
  });
  const { handles } = model.snapshot(end);
  assertEquals(
    handles.map(({ opaque_id, phase, ice, reason }) => [opaque_id, phase, ice, reason]),
    [["frozen", "over", "failed", "ICE failed"]],
  );
});
