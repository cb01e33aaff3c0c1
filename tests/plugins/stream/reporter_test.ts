import { FrameReader } from "../../../plugins/companion/frames.ts";
import { Reporter } from "../../../plugins/stream/companion/reporter.ts";
import { FrameKind, MAX_NEWS, type StreamNews } from "../../../plugins/stream/protocol.ts";
import { assertEquals } from "../../assert.ts";

/** A reporter, and what it has said. */
function rig() {
  const frames = new FrameReader(MAX_NEWS);
  const reporter = new Reporter(
    (bytes) => {
      frames.fill((buffer, offset) => {
        buffer.set(bytes, offset);
        return bytes.length;
      });
    },
    () => {},
    false,
  );
  const said = () => {
    const news: StreamNews[] = [];
    for (let frame; (frame = frames.next()) !== null;) {
      assertEquals(frame.kind, FrameKind.news);
      news.push(JSON.parse(new TextDecoder().decode(frame.payload)));
    }
    return news;
  };
  return { reporter, said };
}

const failed = (reason: string, again: boolean) => ({ what: "failed", reason, again });

Deno.test("the same reason is said once", () => {
  const { reporter, said } = rig();
  for (let i = 0; i < 5; i++) reporter.failed(new Error("connection refused"));
  assertEquals(said(), [failed("connection refused", false)]);
});

Deno.test("where reasons take turns, the last one said is the one that holds, and none is new twice", () => {
  const { reporter, said } = rig();
  const reasons = ["connection refused", "no JetStream", "connection refused", "no JetStream"];
  for (const reason of reasons) reporter.failed(new Error(reason));
  assertEquals(said(), [
    failed("connection refused", false),
    failed("no JetStream", false),
    failed("connection refused", true),
    failed("no JetStream", true),
  ]);
});

Deno.test("who was told nothing new of its end is told nothing new of its return", () => {
  const { reporter, said } = rig();
  for (let i = 0; i < 3; i++) {
    reporter.failed(new Error("connection refused"));
    reporter.opened("one", []);
  }
  assertEquals(said().map((news) => "again" in news && news.again), [
    ...[false, false],
    ...[true, true],
    ...[true, true],
  ]);
});
