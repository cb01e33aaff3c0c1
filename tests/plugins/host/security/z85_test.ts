import { openLibrary } from "../../../../ffi/zmq/library.ts";
import { decodeKey, decodeZ85, encodeZ85 } from "../../../../plugins/host/security/z85.ts";
import { assertEquals, assertThrows } from "../../../assert.ts";

Deno.test("Z85 is what RFC 32 says it is", () => {
  const bytes = Uint8Array.fromHex("864fd26fb559f75b");
  assertEquals(encodeZ85(bytes), "HelloWorld");
  assertEquals(decodeZ85("HelloWorld"), bytes);
});

Deno.test("Z85 is what libzmq takes it for", () => {
  const { symbols } = openLibrary();
  for (let i = 0; i < 200; i++) {
    const bytes = crypto.getRandomValues(new Uint8Array(new ArrayBuffer(32)));
    const text = encodeZ85(bytes);
    const decoded = new Uint8Array(new ArrayBuffer(32));
    symbols.zmq_z85_decode(decoded, new TextEncoder().encode(`${text}\0`));
    assertEquals(decoded, bytes);
    assertEquals(decodeKey(text), bytes);
  }
});

Deno.test("decodeKey() refuses what is no key", () => {
  const key = encodeZ85(new Uint8Array(32).fill(255));
  for (const text of ["", "HelloWorld", `${key}0`, key.slice(1), `${key.slice(1)}~`]) {
    assertEquals(decodeKey(text), null);
  }
  // Five characters can say more than four bytes hold.
  assertEquals(decodeZ85("#####"), null);
  assertThrows(() => encodeZ85(new Uint8Array(5)), RangeError);
});
