/** Which process is at work, and when another one takes over. */
import { HOOKS } from "../../../plugins/scripting/kinds.ts";
import { type ItemHolder, Lifecycle } from "../../../plugins/scripting/lifecycle.ts";
import { OperatorModule } from "../../../plugins/scripting/modules.ts";
import type { CompanionNews, CompanionSource } from "../../../plugins/scripting/process.ts";
import { encodeFrame, FrameKind } from "../../../plugins/scripting/protocol.ts";
import { assertEquals, assertMatch } from "../../assert.ts";

/** Processes that say what the test says. */
class Stage implements CompanionSource {
  readonly fd = -1;
  readonly lines: string[] = [];
  readonly killed: number[] = [];
  readonly lost: string[] = [];
  /** Kinds of the frames that each process was sent. */
  readonly sent: number[][] = [];
  idle = true;
  settled = true;
  readonly lifecycle: Lifecycle;
  readonly module = new OperatorModule(0, "/a.ts", new Float64Array(256));
  readonly #said: Uint8Array[][] = [];
  #news: CompanionNews[] = [];
  now = 0;

  constructor() {
    const line = (text: string) => void this.lines.push(text);
    const isIdle = () => this.idle;
    const isSettled = () => this.settled;
    const items: ItemHolder = {
      get idle() {
        return isIdle();
      },
      get settled() {
        return isSettled();
      },
      frame() {},
      changed() {},
      lost: ({ cause }) => void this.lost.push(cause),
    };
    this.lifecycle = new Lifecycle({
      kind: HOOKS,
      modules: [this.module],
      source: this,
      init: { kind: "hook", topics: true, pass: true, fate: "", setup: 100 },
      log: { error: line, warning: line, info: line, verbose: line },
    }, items);
  }

  start(): number {
    const id = this.#said.push([]);
    const sent: number[] = this.sent[id - 1] = [];
    const socket = {
      fd: id,
      read: (buffer: Uint8Array<ArrayBuffer>, offset: number) => {
        const frame = this.#said[id - 1]!.shift();
        if (frame === undefined) return this.killed.includes(id) ? -1 : 0;
        buffer.set(frame, offset);
        return frame.length;
      },
      write: (buffer: Uint8Array<ArrayBuffer>, begin: number, end: number) => {
        sent.push(new DataView(buffer.buffer, buffer.byteOffset).getUint32(begin + 4, true));
        return end - begin;
      },
      wait() {},
      close() {},
    };
    this.#news.push({ what: "started", id, socket });
    return id;
  }

  kill(id: number): void {
    this.killed.push(id);
    this.#news.push({ what: "ended", id, how: "was ended by signal 9 (Killed)" });
  }

  news(): CompanionNews | null {
    return this.#news.shift() ?? null;
  }

  /** A process says something, and a turn goes by. */
  say(id: number, kind: number, words: readonly number[] = [], text = ""): void {
    this.#said[id - 1]!.push(encodeFrame(kind, words, text));
    this.turn();
  }

  ready(id: number, what: object = { name: "a", events: ["onRequest"] }): void {
    this.say(id, FrameKind.ready, [], JSON.stringify([{ module: 0, ...what }]));
  }

  turn(ms = 1): void {
    this.now += ms;
    for (let round = 0; round < 3; round++) {
      this.lifecycle.news = true;
      for (const process of this.lifecycle.processes) process.readable = true;
      this.lifecycle.update(this.now);
    }
  }
}

Deno.test("a process works once it has said what its modules are", () => {
  const stage = new Stage();
  stage.turn();
  assertEquals([stage.lifecycle.ready, stage.lifecycle.begun], [null, false]);
  stage.ready(1);
  assertEquals([stage.lifecycle.ready?.id, stage.lifecycle.begun], [1, true]);
  assertEquals([stage.module.name, stage.module.working], ["a", true]);
});

Deno.test("a changed file: another process takes over once nothing is in hand, and the old one tears down", () => {
  const stage = new Stage();
  stage.turn();
  stage.ready(1);
  stage.idle = false;
  stage.say(1, FrameKind.changed, [1]);
  stage.ready(2);
  assertEquals([stage.lifecycle.ready, stage.lifecycle.working?.id], [null, 1]);
  stage.idle = true;
  stage.turn();
  assertEquals([stage.lifecycle.ready?.id, stage.sent[0]!.at(-1)], [2, FrameKind.teardown]);
  assertEquals(stage.lines, ['Reloaded: "a"']);
  stage.say(1, FrameKind.torndown);
  assertEquals([stage.killed, stage.lifecycle.processes.length], [[1], 1]);
});

Deno.test("who says that it has torn down without being asked is ended", () => {
  const stage = new Stage();
  stage.turn();
  stage.ready(1);
  stage.say(1, FrameKind.torndown);
  assertEquals(stage.lost, ["said what makes no sense (torn down, and nobody asked)"]);
});

Deno.test("who does not tear down is killed", () => {
  const stage = new Stage();
  stage.turn();
  stage.ready(1);
  stage.say(1, FrameKind.changed, [1]);
  stage.ready(2);
  stage.turn(1000);
  assertEquals(stage.killed, []);
  stage.turn(200);
  assertEquals(stage.killed, [1]);
});

Deno.test("a broken version is refused, and the process of before goes on", () => {
  const stage = new Stage();
  stage.turn();
  stage.ready(1);
  stage.say(1, FrameKind.changed, [1]);
  stage.ready(2, { problem: "SyntaxError" });
  assertEquals([stage.lifecycle.ready?.id, stage.module.working], [1, true]);
  assertMatch(stage.lines[0]!, /Hook "a": its new version is refused, .*: SyntaxError/);
});

Deno.test("a process that takes too long to load is ended; its module is not used", () => {
  const stage = new Stage();
  stage.turn();
  stage.say(1, FrameKind.progress, [0, 0, 0]);
  stage.turn(700);
  assertEquals(stage.killed, [1]);
  stage.turn();
  assertMatch(stage.lines[0]!, /a\.ts is not used.* it took more than 100 ms to load and set up/);
});

Deno.test("a process that ends is told of, and another one started", () => {
  const stage = new Stage();
  stage.turn();
  stage.ready(1);
  stage.kill(1);
  stage.turn();
  assertEquals([stage.lost, stage.lifecycle.working, stage.sent.length], [
    ["was ended by signal 9 (Killed)"],
    null,
    2,
  ]);
});

Deno.test("answers that wait to be taken hold up what is behind them, and so does its end", () => {
  const stage = new Stage();
  stage.turn();
  stage.ready(1);
  stage.settled = stage.idle = false;
  stage.say(1, FrameKind.farewell, [0]);
  stage.kill(1);
  stage.turn();
  assertEquals([stage.lifecycle.working?.ender, stage.lost.length], [-1, 0]);
  stage.settled = true;
  stage.turn();
  assertEquals(stage.lost.length, 1);
});
