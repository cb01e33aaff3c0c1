import type { Link } from "../../../ffi/bridge/link.ts";
import { SinkMessage } from "../../../plugins/events/message.ts";
import { WaitingMessages } from "../../../plugins/events/waiting.ts";
import { assertEquals } from "../../assert.ts";

const encoder = new TextEncoder(), decoder = new TextDecoder();
/** Texts in the ring are known by their addresses alone. */
const LINK = { textAddress: (index: number) => 0x7fff_0000_0000n + BigInt(index) } as Link;

function ofRing(number: number): SinkMessage {
  return Object.assign(new SinkMessage(), {
    ...{ record: number + 5, part: 1, type: 64, number, last: number, index: number },
    bodyLength: 500,
  });
}

/** Topic and body lie in a filter's memory, which is another one's afterwards. */
function ofFilter(number: number, topic: string, body: string): SinkMessage {
  const memory = encoder.encode(`..${topic}${body}`);
  return Object.assign(new SinkMessage(), {
    ...{ record: number, number, last: number, memory },
    ...{ topicOffset: 2, topicLength: topic.length },
    ...{ bodyOffset: 2 + topic.length, bodyLength: body.length },
  });
}

Deno.test("messages leave in order, as they came, however many wait", () => {
  const waiting = new WaitingMessages();
  let next = 0;
  for (let number = 0; number < 5000; number++) {
    waiting.push(ofRing(number), LINK);
    if (number % 3 > 0) continue;
    const { record, part, type, number: own, bodyLength } = waiting.front();
    assertEquals([record, part, type, own, bodyLength], [next + 5, 1, 64, next, 500]);
    assertEquals(waiting.front().bodyIn(LINK), LINK.textAddress(next++));
    waiting.shift();
  }
  for (; waiting.length > 0; waiting.shift()) assertEquals(waiting.front().number, next++);
  assertEquals([next, waiting.bytes], [5000, 0]);
});

Deno.test("what filters wrote is kept, and counted", () => {
  const waiting = new WaitingMessages();
  const message = ofFilter(7, "a.b", `{"x":1}`);
  waiting.push(message, LINK);
  assertEquals(waiting.bytes, waiting.sizeOf(message));
  message.memory!.fill(0);
  const front = waiting.front();
  assertEquals(decoder.decode(front.topicBytes()), "a.b");
  assertEquals(decoder.decode(front.bodyBytes(LINK)), `{"x":1}`);
  waiting.push(ofRing(8), LINK);
  waiting.shift();
  const { memory, topicLength, number } = waiting.front();
  assertEquals([memory, topicLength, number], [null, 0, 8]);
});
