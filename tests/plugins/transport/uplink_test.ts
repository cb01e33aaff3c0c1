import { Message } from "../../../ffi/zmq/thin.ts";
import { Uplink } from "../../../plugins/transport/uplink.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";

const janus = new JanusLibrary();
const KIND = 99;
const PEER = { id: 1, admin: false };

/** A message from elsewhere, as a request is. */
class FakeMessage extends Message {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(length: number) {
    super();
    this.#bytes = new TextEncoder().encode("x".repeat(length));
    this.size = length;
  }

  override data(): Deno.PointerValue {
    return Deno.UnsafePointer.of(this.#bytes);
  }

  override copy(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice();
  }
}

/** Pushes a record from C's memory. */
function pushMessage(uplink: Uplink, request: number, length: number): void {
  using message = new FakeMessage(length);
  uplink.push(KIND, PEER, request, message);
}

Deno.test("what the ring can't take waits, and goes up in order once there is room", () => {
  using end = janus.open(16384);
  using link = end.attach();
  const uplink = new Uplink(link);
  let pushed = 0;
  while (!uplink.blocked) pushMessage(uplink, pushed++, 300);
  for (let i = 0; i < 10; i++) {
    // Both ways, and some that would fit before those that wait.
    if (i % 2 === 0) uplink.push(KIND, PEER, pushed++, "");
    else pushMessage(uplink, pushed++, 300);
  }
  const requests: number[] = [];
  while (uplink.blocked) {
    const record = end.take();
    assert(record !== null);
    requests.push(record.request);
    uplink.flush();
  }
  requests.push(...end.takeAll().map(({ request }) => request));
  assertEquals(requests, Array.from({ length: pushed }, (_, i) => i));
});

Deno.test("Janus wakes this side when it makes room", () => {
  using end = janus.open(16384);
  using link = end.attach();
  const uplink = new Uplink(link);
  while (!uplink.blocked) pushMessage(uplink, 0, 1000);
  uplink.flush();
  assert(uplink.blocked);
  assertEquals(end.childWoken(), 0);
  end.take();
  assertEquals(end.childWoken(), 1);
  uplink.flush();
  assert(!uplink.blocked);
});

Deno.test("what never fits is an error, also while others wait", () => {
  using end = janus.open(16384);
  using link = end.attach();
  const uplink = new Uplink(link);
  const tooLong = link.longest + 1;
  assertThrows(() => uplink.push(KIND, PEER, 1, "x".repeat(tooLong)), RangeError, "at most");
  assertThrows(() => pushMessage(uplink, 1, tooLong), RangeError, "at most");
  assert(!uplink.blocked);
  while (!uplink.blocked) pushMessage(uplink, 0, 1000);
  assertThrows(() => uplink.push(KIND, PEER, 1, "x".repeat(tooLong)), RangeError, "at most");
  assertThrows(() => pushMessage(uplink, 1, tooLong), RangeError, "at most");
});
