/** Which process is at work, and when another one takes over. */
import { Faults } from "../../../plugins/scripting/faults.ts";
import { HOOKS } from "../../../plugins/scripting/kinds.ts";
import { type ItemHolder, Lifecycle } from "../../../plugins/scripting/lifecycle.ts";
import { OperatorModule } from "../../../plugins/scripting/operator_module.ts";
import type { CompanionNews, CompanionSource } from "../../../plugins/companion/process.ts";
import { encodeFrame } from "../../../plugins/companion/frames.ts";
import { FrameKind } from "../../../plugins/scripting/protocol.ts";
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
  readonly modules: readonly OperatorModule[];
  readonly module: OperatorModule;
  readonly #said: Uint8Array[][] = [];
  #news: CompanionNews[] = [];
  now = 0;

  /** @param count modules: /a.ts, /b.ts and so on */
  constructor(count = 1) {
    const line = (text: string) => void this.lines.push(text);
    const log = { error: line, warning: line, info: line, verbose: line };
    const modules = this.modules = Array.from(
      { length: count },
      (_, n) => new OperatorModule(n, `/${"abc"[n]}.ts`, new Float64Array(256)),
    );
    this.module = modules[0]!;
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
      modules,
      source: this,
      init: { kind: "hook", topics: true, pass: true, fate: "", setup: 100 },
      log,
      faults: new Faults({ kind: HOOKS, fates: HOOKS.stopping, modules, log, changed() {} }),
    }, items);
  }

  start(): number {
    const id = this.#said.push([]);
    const sent: number[] = this.sent[id - 1] = [];
    const socket = {
      fd: id,
      input: id,
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
    this.end(id, "was ended by signal 9 (Killed)");
  }

  end(id: number, how: string): void {
    this.killed.push(id);
    this.#news.push({ what: "ended", id, how });
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

  /** It loads all of its modules. */
  loads(id: number): void {
    const all = this.modules.map((_, module) => ({ module, name: "abc"[module], events: [] }));
    this.say(id, FrameKind.ready, [], JSON.stringify(all));
  }

  /** It ends while it loads a module. @param ender who has ended it, as it says */
  exits(id: number, loading: number, ender = -1): void {
    this.say(id, FrameKind.progress, [0, 0, loading]);
    this.say(id, FrameKind.farewell, [ender, loading]);
    this.end(id, "exited with code 1");
    this.turn();
    const isLoading = () => this.lifecycle.processes.some(({ state }) => state === "loading");
    if (!isLoading()) this.turn(5000); // it is tried again
  }

  /** What became of each module. */
  get states(): string {
    return this.modules.map((one) =>
      one.disabled ? "disabled" : one.dangerous ? "failed" : one.refused ? "refused" : "fine"
    ).join();
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

Deno.test("a module that ends the process while another one loads is the one that fails", () => {
  const stage = new Stage(2);
  stage.turn();
  stage.exits(1, 1, 0);
  assertEquals(stage.states, "failed,fine");
  assertMatch(stage.lines[0]!, /a\.ts is not used.* exited with code 1 while others were loaded/);
});

Deno.test("nobody is named: who loads is blamed the second time, or if nobody was loaded before", () => {
  const stage = new Stage(3);
  stage.turn();
  stage.exits(1, 1);
  assertEquals(stage.states, "fine,fine,fine");
  stage.exits(2, 1);
  assertEquals(stage.states, "fine,failed,fine");
  stage.exits(3, 0);
  assertEquals(stage.states, "failed,failed,fine");
});

Deno.test("any file that changes gives those that seemed to end processes another chance", () => {
  const stage = new Stage(2);
  stage.turn();
  stage.exits(1, 1, 1);
  stage.ready(2);
  assertEquals(stage.states, "fine,failed");
  stage.say(2, FrameKind.changed, [1]);
  assertEquals(stage.states, "fine,fine");
  // It still does: what works goes on, and the change takes over without it.
  stage.exits(3, 1, 1);
  stage.ready(4);
  assertEquals([stage.states, stage.lifecycle.ready?.id], ["fine,failed", 4]);
  assertEquals(stage.lines.filter((line) => /^Hook \/b\.ts is not used/.test(line)).length, 1);
  assertMatch(stage.lines.at(-1)!, /Reloaded: "a"/);
});

Deno.test("a reload that another module spoils is tried again, without that one in the end", () => {
  const stage = new Stage(2);
  stage.turn();
  stage.loads(1);
  stage.say(1, FrameKind.changed, [2]);
  for (const id of [2, 3, 4]) {
    assertEquals(stage.states, "fine,fine");
    stage.exits(id, 1, 0);
  }
  assertEquals(stage.states, "disabled,fine");
  stage.say(5, FrameKind.ready, [], JSON.stringify([{ module: 1, name: "b", events: [] }]));
  assertEquals([stage.lifecycle.ready?.id, stage.modules[1]!.refused], [5, null]);
  assertMatch(stage.lines.at(-1)!, /Reloaded: "b"/);
});

Deno.test("a new version that spoils a reload is refused, and the innocent that changed with it is not", () => {
  const stage = new Stage(2);
  stage.turn();
  stage.loads(1);
  stage.say(1, FrameKind.changed, [3]);
  stage.exits(2, 1, 0);
  assertEquals([stage.states, stage.lifecycle.ready?.id], ["refused,fine", 1]);
  stage.say(1, FrameKind.changed, [1]);
  stage.loads(3);
  assertEquals([stage.states, stage.lifecycle.ready?.id], ["fine,fine", 3]);
});

Deno.test("three ends in a row while loading, of nobody's: it is not tried for ever", () => {
  const stage = new Stage(2);
  stage.turn();
  for (const id of [1, 2, 3]) {
    assertEquals(stage.states, "fine,fine");
    stage.exits(id, -1);
  }
  assertEquals([stage.states, stage.lifecycle.able], ["failed,failed", false]);
});

Deno.test("of a reload, only what has changed is refused for it: the process before goes on", () => {
  const stage = new Stage(2);
  stage.turn();
  stage.loads(1);
  stage.say(1, FrameKind.changed, [2]);
  for (const id of [2, 3, 4]) stage.exits(id, -1);
  assertEquals([stage.states, stage.lifecycle.ready?.id], ["fine,refused", 1]);
  stage.turn(60_000);
  assertEquals(stage.lifecycle.processes.length, 1);
});
