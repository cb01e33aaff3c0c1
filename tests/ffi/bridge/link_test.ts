import { ABI_VERSION, Size } from "../../../ffi/bridge/layout.ts";
import { Link } from "../../../ffi/bridge/link.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { JanusLibrary } from "./janus_end.ts";

const janus = new JanusLibrary();
const KIND = 99;

function bytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + seed * 31) & 0xff);
}

Deno.test("a record's fields arrive exactly, all 64 bits of a session", () => {
  using end = janus.open();
  using link = end.attach();
  const sessions = [0n, 1n, 9007199254740993n, (1n << 63n) + 1n, (1n << 64n) - 1n];
  const requests = [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 52, 2 ** 53 - 1];
  for (const [i, session] of sessions.entries()) {
    const request = BigInt(requests[i]!);
    const fields = { flags: 0x8001, peer: 0xfffffff0, type: 256, subtype: 65535, session, request };
    assert(end.write(KIND, `payload ${i}`, fields));
  }
  assertEquals(link.drain(), sessions.length);
  for (const [i, session] of sessions.entries()) {
    assertEquals(link.kind(i), KIND);
    assertEquals(link.flags(i), 0x8001);
    assertEquals(link.peer(i), 0xfffffff0);
    assertEquals(link.type(i), 256);
    assertEquals(link.subtype(i), 65535);
    assertEquals(link.session(i), session);
    assertEquals(link.request(i), requests[i]);
    assertEquals(link.length(i), 9);
    assertEquals(new TextDecoder().decode(link.payload(i)), `payload ${i}`);
  }
});

Deno.test("the address of a payload is where its bytes are", () => {
  using end = janus.open();
  using link = end.attach();
  end.write(KIND, "one");
  end.write(KIND, "another");
  assertEquals(link.drain(), 2);
  const pointer = Deno.UnsafePointer.create(link.address(1));
  assert(pointer !== null);
  const view = new Deno.UnsafePointerView(pointer);
  const copy = new Uint8Array(link.length(1));
  view.copyInto(copy);
  assertEquals(new TextDecoder().decode(copy), "another");
});

Deno.test("an empty payload is an empty array", () => {
  using end = janus.open();
  using link = end.attach();
  end.write(KIND, "");
  assertEquals(link.drain(), 1);
  assertEquals(link.payload(0), new Uint8Array(0));
  link.commit(0);
  assertEquals(link.push(KIND, 0, 0, 0, new Uint8Array(0), 0), "pushed");
  assertEquals(end.take(), { kind: KIND, flags: 0, peer: 0, request: 0, text: "" });
});

Deno.test("drain() hands over a batch at a time and each record once", () => {
  using end = janus.open();
  using link = end.attach(4);
  for (let i = 0; i < 10; i++) end.write(KIND, `${i}`);
  const seen: string[] = [];
  for (let count = link.drain(); count > 0; count = link.drain()) {
    assert(count <= 4);
    for (let i = 0; i < count; i++) {
      seen.push(new TextDecoder().decode(link.payload(i)));
      link.commit(i);
    }
  }
  assertEquals(seen, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  assertEquals(link.drain(), 0);
  assertEquals(end.downUsed, 0);
});

Deno.test("commit() gives up record by record; what is left is seen again", () => {
  using end = janus.open();
  const link = end.attach();
  for (let i = 0; i < 4; i++) end.write(KIND, `${i}`);
  assertEquals(link.drain(), 4);
  assert(end.busy);
  link.commit(0);
  assertEquals(end.downUsed, 3 * 48);
  link.commit(2);
  assertEquals(end.downUsed, 48);
  assert(end.busy);
  link.close();

  end.renew();
  assert(!end.busy);
  using next = end.attach();
  assertEquals(next.generation, 2);
  assertEquals(next.drain(), 1);
  assertEquals(new TextDecoder().decode(next.payload(0)), "3");
  next.commit(0);
  assertEquals([end.downUsed, end.busy], [0, false]);
});

Deno.test("pass() keeps records while later ones are handled, until release()", () => {
  using end = janus.open();
  const link = end.attach(2);
  for (let i = 0; i < 5; i++) end.write(KIND, `${i}`);
  assertEquals(link.drain(), 2);
  const first = link.address(0);
  for (let batch = 0; batch < 2; batch++) {
    if (batch > 0) assertEquals(link.drain(), 2);
    for (let i = 0; i < 2; i++) link.pass(i);
  }
  assertEquals([end.downUsed, link.used], [5 * 48, 48]);
  assert(!end.busy);
  const text = Deno.UnsafePointer.create(first)!;
  assertEquals(new Deno.UnsafePointerView(text).getUint8(), "0".charCodeAt(0));
  link.release(3);
  assertEquals([end.downUsed, link.used], [2 * 48, 48]);
  link.close();

  end.renew();
  using next = end.attach();
  assertEquals(next.drain(), 2);
  assertEquals([0, 1].map((i) => next.sequence(i)), [4, 5]);
  next.commit(1);
  assertEquals([end.downUsed, next.used], [0, 0]);
});

Deno.test("payloads of every length survive many turns around the ring", () => {
  using end = janus.open(4096);
  using link = end.attach(16);
  let written = 0, read = 0;
  while (read < 3000) {
    while (written - read < 8 && end.write(KIND, bytes(written * 13 % 1200, written))) written++;
    const count = link.drain();
    assert(count > 0);
    for (let i = 0; i < count; i++, read++) {
      assertEquals(link.payload(i), bytes(read * 13 % 1200, read));
      link.commit(i);
    }
  }
  assertEquals(link.drain(), 0);
  assertEquals(end.downUsed, 0);
});

Deno.test("push() says when the way up is full, and this side is woken once there is room", () => {
  using end = janus.open(16384);
  using link = end.attach();
  const payload = bytes(500, 1);
  let pushed = 0;
  while (link.push(KIND, 1, 2, pushed, payload, payload.length) === "pushed") pushed++;
  assert(pushed > 3 && pushed < 10);
  assertEquals(end.childWoken(), 0);
  assertEquals(end.take()?.request, 0);
  assertEquals(end.childWoken(), 1);
  assertEquals(link.push(KIND, 1, 2, pushed, payload, payload.length), "pushed");
  assertEquals(link.push(KIND, 1, 2, pushed, payload, payload.length), "full");
  const requests = end.takeAll().map(({ request }) => request);
  assertEquals(requests, Array.from({ length: pushed }, (_, i) => i + 1));
});

Deno.test("push() takes what fits `longest` and refuses what never will", () => {
  using end = janus.open();
  using link = end.attach();
  assertEquals(link.longest, (1 << 20) / Size.upShare / Size.recordShare - Size.recordHeader);
  const payload = bytes(link.longest + 1, 1);
  assertEquals(link.push(KIND, 0, 0, 0, payload, payload.length), "too-long");
  assertEquals(link.push(KIND, 0, 0, 2 ** 52 + 1, payload, link.longest), "pushed");
  const record = end.take();
  assertEquals(record?.request, 2 ** 52 + 1);
  assertEquals(end.take(), null);
});

Deno.test("put() takes bytes in C's memory as well", () => {
  using end = janus.open();
  using link = end.attach();
  const payload = new TextEncoder().encode("from a pointer");
  assertEquals(link.put(KIND, 0, 0, 7, Deno.UnsafePointer.of(payload), payload.length), "pushed");
  assertEquals(end.take()?.text, "from a pointer");
});

Deno.test("a corrupt ring is an error", () => {
  using end = janus.open();
  using link = end.attach();
  end.write(KIND, "one");
  end.write(KIND, "two");
  end.poke(48, 0xffff_fff0); // the second's length
  assertThrows(() => link.drain(), Error, "corrupt");
});

Deno.test("sleep() refuses while there is work; a write wakes the sleeper once", () => {
  using end = janus.open();
  using link = end.attach();
  assert(link.sleep());
  end.write(KIND, "1");
  end.write(KIND, "2");
  assertEquals(end.childWoken(), 1);
  link.awake(false);
  assert(!link.sleep());
  end.write(KIND, "3");
  assertEquals(end.childWoken(), 0);
  assertEquals(link.drain(), 3);
  link.commit(2);
  assert(link.sleep());
  end.stop();
  link.awake(true);
  assertEquals(end.childWoken(), 0); // awake() took it
  assert(link.stopping);
  assert(!link.sleep());
});

Deno.test("awake() takes the wake that it is told of, and none that comes after", () => {
  using end = janus.open();
  using link = end.attach();
  assert(link.sleep());
  end.write(KIND, "1");
  link.awake(true);
  link.drain();
  link.commit(0);
  end.stop(); // it wakes whoever is awake, as room in the way up does
  assert(!link.sleep());
  assertEquals(end.childWoken(), 1);
});

Deno.test("trim() gives back pages of the program, which come again when they are needed", () => {
  using end = janus.open();
  using link = end.attach();
  const pages = () => {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Number(/^RssFile:\s+(\d+) kB$/m.exec(status)![1]);
  };
  const before = pages();
  link.trim();
  const after = pages();
  assert(after < before * 0.7, `of ${before} KiB ${after} are left`);
  assertEquals(JSON.parse(JSON.stringify({ still: ["here"] })), { still: ["here"] });
  assert(new Intl.NumberFormat("de").format(1234.5).length > 0);
});

Deno.test("writeStatus() publishes a page, and refuses one that is too long", () => {
  using end = janus.open();
  using link = end.attach();
  assertEquals(end.status(), "");
  link.writeStatus('{"é":1}');
  assertEquals(end.status(), '{"é":1}');
  link.writeStatus("x".repeat(Size.statusPage - 1));
  assertThrows(() => link.writeStatus("x".repeat(Size.statusPage)), RangeError);
  assertEquals(end.status(), "x".repeat(Size.statusPage - 1));
});

Deno.test("counters outlive the process", () => {
  using end = janus.open();
  const link = end.attach();
  link.counters[0]!++;
  link.counters[Size.counters - 1] = 2 ** 53;
  link.close();
  assertEquals(end.counter(0), 1);
  end.renew();
  using next = end.attach();
  assertEquals([next.counters[0], next.counters[Size.counters - 1]], [1, 2 ** 53]);
});

Deno.test("readBoot() reads what the stub says, however long", () => {
  using end = janus.open();
  using link = end.attach();
  for (const text of ["", "{}", "é".repeat(32768), "x".repeat(65537), "y".repeat(300_000)]) {
    end.withBoot(text, (fd) => assertEquals(link.readBoot(fd), text));
  }
  assertThrows(() => link.readBoot(999), Error, "error 9");
});

Deno.test("memory of another version is refused", () => {
  using end = janus.open();
  end.setVersion(ABI_VERSION + 1);
  assertThrows(() => end.attach(), Error, "Cannot attach");
  end.setVersion();
  end.attach().close();
  assertThrows(() => new Link({ ...end.source, memory: 999 }), Error, "error 9");
});

Deno.test("close() may be called twice", () => {
  using end = janus.open();
  const link = end.attach();
  link.close();
  link.close();
});
