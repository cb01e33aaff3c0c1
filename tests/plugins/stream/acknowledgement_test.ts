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
});

Deno.test("an error is one, whatever place comes with it", () => {
  const error = { code: 503, err_code: 10077, description: "maximum bytes exceeded" };
  const text = JSON.stringify({ error, stream: "JANUS", seq: 7 });
  assertEquals(read(text).error, error);
});

Deno.test("what is cut off, of another stream or no place is no answer", () => {
  const ofOthers = ['{"stream":"OTHER", "seq":12}', "null", "[]", '{"stream":"JANUS"}'];
  const places = ["0", "-1", "1.5", "1e308", "9007199254740993", '"12"', "null"];
  const odd = places.map((seq) => `{"stream":"JANUS", "seq":${seq}}`);
  const cut = ["", "{", '{"stream":"JANUS", "seq":', '{"stream":"JANUS", "seq":12'];
  for (const text of [...ofOthers, ...odd, ...cut]) {
    assertThrows(() => read(text), Error, "no answer");
  }
});
