/** Nothing of people's names and addresses is left. */
import { Redactor } from "../../../plugins/monitor/redact.ts";
import { assert, assertEquals, assertNotEquals } from "../../assert.ts";
import { BEGAN, event, modelOf, recordedCalls, tell } from "./support.ts";

Deno.test("recorded calls have no address left", () => {
  const redactor = new Redactor();
  const text = recordedCalls().map((one) => JSON.stringify(redactor.event(one))).join("\n");
  assertEquals(text.match(/(?<![\w.])\d{1,3}(\.\d{1,3}){3}(?![\w.])/g), null);
  assert(!text.includes(".local") && !text.includes("lab-call"));
  // What is no name stays.
  assert(text.includes("typ host") && text.includes("a=rtpmap:111 opus/48000/2"));
});

Deno.test("names become others, the same ones for the same; numbers of rooms stay", () => {
  const redactor = new Redactor();
  const data = {
    event: "joined",
    room: 1234,
    id: 5678,
    display: "Ann",
    deep: [{ username: "ann" }],
    headers: { "X-Customer": "Ann" },
  };
  const one = redactor.event(event(64, 0, { plugin: "p", data }, { opaque_id: "Ann" }));
  const shown = one as unknown as { opaque_id: string; event: { data: typeof data } };
  assertEquals([shown.event.data.room, shown.event.data.id], [1234, 5678]);
  assertEquals(shown.opaque_id, shown.event.data.display);
  assert(/^hidden-[0-9a-f]{8}$/.test(shown.opaque_id));
  assertNotEquals(shown.event.data.deep[0]!.username, "ann");
  assert(!JSON.stringify(one).includes("Customer"), JSON.stringify(one));
  // Of another run they are others.
  const other = new Redactor().event(event(64, 0, { plugin: "p", data }, { opaque_id: "Ann" }));
  assertNotEquals((other as { opaque_id?: string }).opaque_id, shown.opaque_id);
});

Deno.test("addresses of both kinds are hidden wherever they stand", () => {
  const redactor = new Redactor();
  for (
    const text of [
      "192.0.2.17",
      "sip:alice.b+c@pbx.example.org:5060",
      "candidate:1 1 udp 2015363327 192.0.2.17 43210 typ host",
      "2001:db8::1",
      "tcp://[fe80::1:2:3:4]:5546",
      "a=candidate 6f6c1d1c-9a54-4f11-8cdd-5f0c1f6b0a55.local 9",
    ]
  ) {
    const shown = redactor.text(text);
    assert(shown.includes("hidden"), shown);
    assert(!/192\.0|2001:db8|fe80|6f6c1d1c|alice|pbx/.test(shown), shown);
  }
});

Deno.test("a model that hides has no endpoint, pair or opaque id in what it shows", () => {
  const model = modelOf([null], { redact: true });
  const candidate = { address: "192.0.2.1", port: 9, type: "host", transport: "udp", family: 4 };
  const pair = {
    "selected-pair": "192.0.2.1 <-> 192.0.2.2",
    candidates: { local: candidate, remote: candidate },
  };
  tell(model, 0, event(16, 4, { ...pair, stream_id: 1, component_id: 1 }, { opaque_id: "Ann" }));
  const text = JSON.stringify([
    model.tick(BEGAN),
    model.call(0, "22", BEGAN),
    model.snapshot(BEGAN),
  ]);
  assert(!/192\.0\.2|10\.1\.2|Ann/.test(text), text);
});
