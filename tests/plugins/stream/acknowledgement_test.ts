import { AckReader } from "../../../plugins/stream/acknowledgement.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

function read(text: string) {
  return new AckReader("JANUS").read(new TextEncoder().encode(text));
}

Deno.test("an answer is read whatever it looks like", () => {
  assertEquals(read('{"stream":"JANUS", "seq":1234567}'), { seq: 1234567 });
  assertEquals(read('{"stream":"JANUS","seq":12}').seq, 12);
  assertEquals(read('{"stream":"JANUS", "seq":12,"duplicate": true}').seq, 12);
  assertEquals(read('{"stream":"JANUS", "domain":"hub", "seq":12}').seq, 12);
  assertEquals(read('{"stream":"OTHER", "seq":12}').seq, 12);
  assertEquals(read('{"stream":"JANUS", "seq":0}').seq, 0);
});

Deno.test("an error is one, whatever place comes with it", () => {
  const error = { code: 503, err_code: 10077, description: "maximum bytes exceeded" };
  const text = JSON.stringify({ error, stream: "JANUS", seq: 7 });
  assertEquals(read(text).error, error);
});

Deno.test("what is cut off is no answer", () => {
  for (const text of ["", "{", '{"stream":"JANUS", "seq":', '{"stream":"JANUS", "seq":12']) {
    assertThrows(() => read(text), SyntaxError);
  }
});
