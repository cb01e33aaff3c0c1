import { sampleEvent, testFilter } from "@janus-zeromq/janus-zeromq";
import assert from "node:assert/strict";
import filter from "./my-filter.ts";

Deno.test("my-filter drops slow links that hardly matter", async () => {
  await using test = await testFilter(filter);
  const event = sampleEvent("media.slowlink", { event: { lost_lastsec: 4 } });
  assert.deepEqual(await test.send(event), []);
});

Deno.test("my-filter says how bad the others are", async () => {
  await using test = await testFilter(filter);
  const event = sampleEvent("media.slowlink", { event: { lost_lastsec: 12 } });
  assert.deepEqual(await test.send(event), [{ ...event, severity: "minor" }]);
  assert.equal(test.passed[0]?.topic, "slow.uplink.1001");
});

Deno.test("my-filter tells of the worst by an event of its own", async () => {
  await using test = await testFilter(filter);
  await test.send(sampleEvent("media.slowlink", { event: { lost_lastsec: 150 } }));
  assert.equal(test.passed.length, 2);
  assert.equal(test.log[0]?.text, "Session 1001 lost 150 packets in a second");
});

Deno.test("my-filter leaves all other events alone", async () => {
  await using test = await testFilter(filter);
  const event = sampleEvent("webrtc.state", { event: { connection: "hangup" } });
  assert.deepEqual(await test.send(event), [event]);
});
