import { CompanionPolling } from "../../../plugins/companion/polling.ts";
import { CompanionProcess, type CompanionSocket } from "../../../plugins/companion/process.ts";
import { assertEquals } from "../../assert.ts";

const NEWS = 3;
const [OUTPUT, INPUT] = [4, 5];

/** What is waited for, as `fd:events`. */
class Waits {
  readonly slots: (string | null)[] = [];
  readonly isReady = new Set<string>();

  add(fd: number, events: number): number {
    return this.slots.push(`${fd}:${events}`) - 1;
  }
  ready(slot: number): number {
    return this.isReady.has(this.slots[slot] ?? "") ? 1 : 0;
  }
  remove(slot: number): void {
    this.slots[slot] = null;
  }
  get all(): (string | null)[] {
    return this.slots.filter((slot) => slot !== null);
  }
}

/** A process whose input takes as many bytes as it is told to; -1 if it is closed. */
function rig() {
  const room = { bytes: 100 };
  const socket: CompanionSocket = {
    fd: OUTPUT,
    input: INPUT,
    read: () => 0,
    write: (_buffer, begin, end) => Math.min(room.bytes, end - begin),
    wait() {},
    close() {},
  };
  const source = { fd: NEWS, start: () => 1, kill() {}, news: () => null };
  const process = new CompanionProcess(source, new Uint8Array(1), 100);
  process.started(socket);
  const companions = { processes: [process], news: false, reads: () => reads.now };
  const reads = { now: true };
  const waits = new Waits();
  const polling = new CompanionPolling(companions);
  polling.watch(waits, NEWS);
  const waited = () => {
    polling.prepare(waits);
    return waits.all;
  };
  return { room, process, companions, reads, waits, polling, waited };
}

Deno.test("a process's output is waited for while it is read, and its input while it is behind", () => {
  const { room, process, reads, waited } = rig();
  assertEquals(waited(), ["3:1", "4:1"]);
  room.bytes = 0;
  process.send(new Uint8Array(10));
  assertEquals(waited(), ["3:1", "4:1", "5:2"]);
  reads.now = false;
  assertEquals(waited(), ["3:1", "5:2"]);
  room.bytes = 100;
  process.flush();
  assertEquals(waited(), ["3:1"]);
  reads.now = true;
  assertEquals(waited(), ["3:1", "4:1"]);
  process.kill("is not needed");
  assertEquals(waited(), ["3:1"]);
});

Deno.test("an input that is closed is not waited for: it would be ready for ever", () => {
  const { room, process, waited } = rig();
  room.bytes = -1;
  process.send(new Uint8Array(10));
  assertEquals(process.behind, true);
  assertEquals(waited(), ["3:1", "4:1"]);
});

Deno.test("all that is ready counts, and only an output is read for it", () => {
  const { room, process, companions, waits, polling, waited } = rig();
  room.bytes = 0;
  process.send(new Uint8Array(10));
  waited();
  waits.isReady.add("5:2");
  assertEquals([polling.woken(waits), process.readable, companions.news], [1, false, false]);
  waits.isReady.add("4:1").add("3:1");
  assertEquals([polling.woken(waits), process.readable, companions.news], [3, true, true]);
});
