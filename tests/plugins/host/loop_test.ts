import type { Link } from "../../../ffi/bridge/link.ts";
import { openLibrary } from "../../../ffi/zmq/thin.ts";
import { type Renewal, runLoop, type Service } from "../../../plugins/host/loop.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { type JanusEnd, JanusLibrary } from "../../ffi/bridge/janus_end.ts";

const library = openLibrary();
const janus = new JanusLibrary();
const KIND = 99;

/** A loop's surroundings, and a service that notes what it is asked to do. */
class Fixture {
  readonly end: JanusEnd = janus.open();
  readonly link: Link = this.end.attach(4);
  readonly lifeline = this.end.openLifeline();
  readonly seen: string[] = [];
  rounds = 0;
  ready = true;

  /** Runs the loop with a service that does nothing but what is given. */
  run(
    parts: Partial<Service> & { record?: (index: number) => void },
    renewal: Renewal = { due: () => false, deadline: Infinity },
  ): Promise<string> {
    const isReady = () => this.ready;
    const note = (index: number) =>
      void this.seen.push(new TextDecoder().decode(this.link.payload(index)));
    const { record = note, ...rest } = parts;
    const service: Service = {
      get ready() {
        return isReady();
      },
      watch: () => {},
      prepare: () => {},
      drain: (stopping) => stopping || this.ready ? this.link.each(record) : 0,
      receive: () => false,
      timeout: () => 5,
      tick: () => void this.rounds++,
      connections: () => [],
      close: () => {},
    };
    Object.assign(service, rest);
    const fds = { wakeChild: this.end.source.wakeChild, lifeline: this.lifeline.fd };
    const side = { watch: () => {}, receive: () => false, timeout: -1 };
    return runLoop(this.link, service, side, library, fds, renewal);
  }

  [Symbol.dispose](): void {
    this.lifeline.close();
    this.link.close();
    this.end.close();
  }
}

Deno.test("the loop handles what is in the ring before it stops", async () => {
  using f = new Fixture();
  for (let i = 0; i < 10; i++) f.end.write(KIND, `${i}`);
  f.end.stop();
  assertEquals(await f.run({}), "stop");
  assertEquals(f.seen.join(""), "0123456789");
  assertEquals(f.end.downUsed, 0);
});

Deno.test("a record is given up only once it is handled", async () => {
  using f = new Fixture();
  const used: number[] = [];
  f.end.write(KIND, "1");
  f.end.write(KIND, "2");
  f.end.stop();
  await f.run({ record: () => void used.push(f.end.downUsed) });
  assertEquals(used, [96, 48]);
});

Deno.test("a record that fails stays in the ring", async () => {
  using f = new Fixture();
  f.end.write(KIND, "1");
  const record = () => {
    throw new Error("broken");
  };
  await assertRejects(() => f.run({ record }), Error, "broken");
  assertEquals([f.end.downUsed, f.end.busy], [48, true]);
});

Deno.test("records that come while the loop runs are handled", async () => {
  using f = new Fixture();
  const tick = () => {
    if (++f.rounds === 3) f.end.write(KIND, "later");
    if (f.rounds === 6) f.end.stop();
  };
  assertEquals(await f.run({ tick }), "stop");
  assertEquals(f.seen, ["later"]);
});

Deno.test("a stop ends the wait at once", async () => {
  using f = new Fixture();
  const begin = Date.now();
  const prepare = () => f.end.stop(); // after the look at it, before the wait
  assertEquals(await f.run({ prepare, timeout: () => 3000 }), "stop");
  assert(Date.now() - begin < 1000);
});

Deno.test("without Janus there is nothing to do", async () => {
  using f = new Fixture();
  f.lifeline.cut();
  const begin = Date.now();
  assertEquals(await f.run({ timeout: () => 3000 }), "orphaned");
  assert(Date.now() - begin < 1000);
});

Deno.test("a service that is not ready leaves the records where they are, until the stop", async () => {
  using f = new Fixture();
  f.end.write(KIND, "1");
  f.ready = false;
  const tick = () => {
    if (++f.rounds === 3) {
      assertEquals(f.seen, []);
      f.ready = true;
    } else if (f.rounds === 8) {
      assertEquals(f.seen, ["1"]);
      f.ready = false;
      f.end.write(KIND, "2");
    } else if (f.rounds === 12) {
      assertEquals(f.seen, ["1"]);
      f.end.stop();
    }
  };
  await f.run({ tick });
  assertEquals(f.seen, ["1", "2"]);
});

Deno.test("a service that is not ready keeps its heart beating for the watchdog", async () => {
  using f = new Fixture();
  f.end.write(KIND, "1");
  f.ready = false;
  const begin = Date.now();
  const tick = () => {
    if (++f.rounds === 3) f.end.stop();
  };
  await f.run({ tick, timeout: () => 2000 });
  assert(Date.now() - begin < 1000, "it stood still with work waiting");
});

Deno.test("clients that never cease do not keep the loop from stopping", async () => {
  using f = new Fixture();
  const end = Date.now() + 2000;
  const tick = () => {
    if (++f.rounds === 10) f.end.stop();
  };
  const receive = () => Date.now() < end;
  assertEquals(await f.run({ tick, receive }), "stop");
  assert(Date.now() < end, "the loop went on for as long as there was something to read");
});

Deno.test("timers have their turn however much there is to do", async () => {
  using f = new Fixture();
  const begin = Date.now();
  let fired = 0;
  const timer = setTimeout(() => fired = Date.now() - begin, 20);
  const receive = () => {
    if (Date.now() - begin > 300) f.end.stop();
    return Date.now() - begin < 400;
  };
  await f.run({ receive });
  clearTimeout(timer);
  assert(fired > 0 && fired < 200, `the timer came after ${fired} ms`);
});

Deno.test("a renewal ends the loop at once; what is left in the ring is the next process's", async () => {
  using f = new Fixture();
  for (let i = 0; i < 6; i++) f.end.write(KIND, `${i}`);
  let ticked = false;
  const tick = () => void (ticked = true);
  const renewal = { due: () => ticked, deadline: Infinity };
  assertEquals(await f.run({ tick }, renewal), "renew");
  assertEquals(f.seen.join(""), "0123"); // a batch
  assertEquals(f.end.downUsed, 2 * 48);
});

Deno.test("the loop wakes for a renewal, whatever the service waits for", async () => {
  using f = new Fixture();
  const deadline = Date.now() + 100;
  const renewal = { due: (now: number) => now >= deadline, deadline };
  assertEquals(await f.run({ timeout: () => -1 }, renewal), "renew");
  assert(Date.now() - deadline < 1000 && f.rounds < 20, `${f.rounds} rounds`);
});

for (const patience of [80, 0]) {
  Deno.test(`records that come fast, patience = ${patience} us: all are seen, and so is Janus's end`, async () => {
    using f = new Fixture();
    let [naps, written] = [0, 0];
    f.link.nap = () => void naps++;
    const begin = Date.now();
    const tick = () => {
      // Janus says nothing once it is dead.
      if (Date.now() - begin > 100) return f.lifeline.cut();
      for (let i = 0; i < 3; i++) if (f.end.write(KIND, `${written}`)) written++;
    };
    assertEquals(await f.run({ tick, patience, timeout: () => 3000 }), "orphaned");
    assert(Date.now() - begin < 2000);
    assertEquals(f.seen, Array.from({ length: written }, (_, i) => `${i}`));
    assertEquals(naps > 0, patience > 0, `${naps} naps`);
  });
}
