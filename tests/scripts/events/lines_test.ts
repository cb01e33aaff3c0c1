/** What `events:read` prints of what a stream has. */
import type { ServerEvent } from "../../../plugins/janus/events.ts";
import type { StreamItem } from "../../../plugins/stream/read/mod.ts";
import { StreamLines } from "../../../scripts/events/lines.ts";
import { assertEquals } from "../../assert.ts";

const EPOCH = 1_700_000_000_000;
const AT = "2023-11-14T22:14:00.000Z";
const place = { instance: "one", epoch: EPOCH, sequence: 7, received: new Date(AT) };

function event(more: object): Extract<StreamItem, { kind: "event" }> {
  const event = {
    ...{ emitter: "janus", type: 1, timestamp: 1_700_000_000_500_000 },
    ...{ session_id: 9223372036854775807n, event: { name: "created" }, ...more },
  } as unknown as ServerEvent;
  return { ...place, kind: "event", number: 38, id: "x", event };
}

Deno.test("an event is shown with its own time, its place and its number", () => {
  const lines = new StreamLines();
  assertEquals(lines.show(event({})), [
    "2023-11-14T22:13:20.500Z  7  one  #38  session created  session 9223372036854775807",
  ]);
  // One that a filter made may have none; a bigint is no error; a terminal is not moved.
  assertEquals(
    lines.show(event({ type: 64, timestamp: undefined, event: { data: { room: 2n ** 60n } } })),
    [`${AT}  7  one  #38  plugin  session 9223372036854775807  {"room":1152921504606846976}`],
  );
  assertEquals(
    lines.show(event({ event: { name: "a\x1b[2J" } }))[0]!.includes("\x1b"),
    false,
  );
});

Deno.test("what is missing is shown with its causes", () => {
  const lines = new StreamLines();
  const dropped = { ring_full: { sessions: 2961, handles: 3 }, oversized_stream: { media: 1 } };
  assertEquals(lines.show({ ...place, kind: "dropped", first: 5042, last: 8006, dropped }), [
    `${AT}  7  one  dropped #5042 to #8006: ring full 2,961 sessions, 3 handles; oversized stream 1 media`,
  ]);
  assertEquals(lines.show({ ...place, kind: "gap", first: 5, last: 5 }), [
    `${AT}  7  one  gap #5: missing, and nothing says why`,
  ]);
  assertEquals(lines.show({ ...place, kind: "gone", last: 9 }), [`${AT}  7  one  gone after #9`]);
});

Deno.test("a new start of a server is marked, once, and none of another one's", () => {
  const lines = new StreamLines();
  const of = (instance: string, epoch: number) =>
    lines.show({ ...place, kind: "gone", last: 9, instance, epoch }).length;
  assertEquals(of("one", EPOCH), 1);
  assertEquals(of("two", EPOCH + 5), 1);
  assertEquals(lines.show({ ...place, kind: "gone", last: 9, epoch: EPOCH + 80_000 }), [
    "2023-11-14T22:14:40.000Z  7  one  started anew",
    `${AT}  7  one  gone after #9`,
  ]);
  assertEquals(of("one", EPOCH), 1);
  assertEquals(of("one", EPOCH + 80_000), 1);
});

Deno.test("how much it was is said, and what is missing", () => {
  const lines = new StreamLines();
  assertEquals(lines.summary("nobody", undefined), "nothing of nobody");
  for (const sequence of [4, 9]) lines.count({ ...event({}), sequence });
  assertEquals(lines.summary(undefined, "calls.jsonl"), "2 events, 4 to 9, to calls.jsonl");
  lines.count({ ...place, kind: "gap", first: 5, last: 1204 });
  assertEquals(lines.summary("one", undefined), "2 events, 4 to 9; 1,200 are missing");
});
