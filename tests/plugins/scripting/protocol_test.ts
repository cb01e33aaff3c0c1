/** Frames, and a process that says whatever it likes: nothing of it throws, loops, or is believed. */
import { ModuleEngine } from "../../../plugins/scripting/engine.ts";
import { Hooks } from "../../../plugins/scripting/hooks.ts";
import { FILTERS } from "../../../plugins/scripting/kinds.ts";
import type { CompanionNews, CompanionSource } from "../../../plugins/companion/process.ts";
import { encodeFrame, FRAME_HEADER, FrameReader } from "../../../plugins/companion/frames.ts";
import { CHUNK, FrameKind, ItemOutcome, TALLIES } from "../../../plugins/scripting/protocol.ts";
import { assert, assertEquals, assertLess } from "../../assert.ts";
import { event, Records, turn } from "./support.ts";

/** The same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** What a process answers to each frame of the host's. */
type Answer = (frame: { kind: number; payload: Uint8Array }) => Uint8Array[];

/** Processes that are functions. */
class Puppets implements CompanionSource {
  readonly fd = -1;
  readonly killed: number[] = [];
  readonly #answer: Answer;
  readonly #news: CompanionNews[] = [];
  #last = 0;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  start(): number {
    const id = ++this.#last;
    const reader = new FrameReader(1 << 24);
    let said: Uint8Array[] = [];
    this.#news.push({
      what: "started",
      id,
      socket: {
        fd: 1000 + id,
        input: 2000 + id,
        read: (buffer, offset) => {
          if (this.killed.includes(id)) return -1;
          const next = said.shift();
          if (next === undefined) return 0;
          const part = next.subarray(0, buffer.length - offset);
          buffer.set(part, offset);
          if (part.length < next.length) said.unshift(next.subarray(part.length));
          return part.length;
        },
        write: (buffer, begin, end) => {
          reader.fill((target, offset) => {
            const room = Math.min(target.length - offset, end - begin);
            target.set(buffer.subarray(begin, begin + room), offset);
            end = begin + room;
            return room;
          });
          for (let frame = reader.next(); frame !== null; frame = reader.next()) {
            said = said.concat(this.#answer(frame));
          }
          return end - begin;
        },
        wait() {},
        close() {},
      },
    });
    return id;
  }

  kill(id: number): void {
    if (this.killed.includes(id)) return;
    this.killed.push(id);
    this.#news.push({ what: "ended", id, how: "was ended by signal 9 (Killed)" });
  }

  news(): CompanionNews | null {
    return this.#news.shift() ?? null;
  }
}

function ready(events = ["all"]): Uint8Array {
  return encodeFrame(FrameKind.ready, [], JSON.stringify([{ module: 0, name: "odd", events }]));
}

/** The right answer to a run, of unchanged items. */
function honest(payload: Uint8Array): Uint8Array {
  const view = new DataView(payload.buffer, payload.byteOffset);
  const count = view.getUint32(CHUNK.count, true);
  const head = [view.getUint32(CHUNK.number, true), 0, count, 1, ...Array(TALLIES * 2).fill(0)];
  return encodeFrame(FrameKind.result, [...head, ...Array(count).fill(ItemOutcome.unchanged)]);
}

interface Made {
  readonly lines: string[];
  readonly counters: Float64Array;
  readonly puppets: Puppets;
}

function parts(answer: Answer, on_error: "pass" | "drop" | "refuse") {
  const lines: string[] = [];
  const line = (text: string) => void lines.push(text);
  const counters = new Float64Array(256);
  const puppets = new Puppets(answer);
  const log = { error: line, warning: line, info: line, verbose: line };
  const options = {
    source: puppets,
    folder: "/none",
    config: { modules: ["a.ts"], timeout: 15, on_error },
    json: "compact",
    topics: true,
    counters,
    log,
    setup: 50,
    changed() {},
  } as const;
  return { options, made: { lines, counters, puppets } satisfies Made };
}

/** Takes events through filters that answer so. @returns the outcomes */
async function take(answer: Answer, count: number): Promise<Made & { outcomes: number[] }> {
  const { options, made } = parts(answer, "drop");
  const engine = new ModuleEngine(FILTERS, options);
  const outcomes: number[] = [];
  const records = new Records(Array.from({ length: count }, (_, n) => event(4, { n })));
  engine.begin(records, Array.from({ length: count }, (_, at) => at));
  const end = performance.now() + 20_000;
  while (outcomes.length < count) {
    assertLess(performance.now(), end, made.lines.slice(-5).join("\n"));
    const outcome = engine.take();
    if (outcome !== null) {
      for (let n = 0; n < outcome; n++) {
        engine.message();
        assertLess(engine.bodyOffset + engine.bodyLength, engine.memory.length + 1);
      }
      outcomes.push(outcome);
      continue;
    }
    turn(engine);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  turn(engine); // what came behind the last result
  turn(engine);
  engine.close(0);
  return { ...made, outcomes };
}

Deno.test("an honest process is believed", async () => {
  const { outcomes, lines } = await take(
    ({ kind, payload }) =>
      kind === FrameKind.init ? [ready()] : kind === FrameKind.chunk ? [honest(payload)] : [],
    300,
  );
  assertEquals(new Set(outcomes), new Set([ItemOutcome.unchanged]));
  assertEquals(lines, ['Filters at work: "odd" (all events)']);
});

Deno.test("a filter's process that answers as hooks do costs its own events, and nothing is misread", async () => {
  for (const outcome of [ItemOutcome.changed, ItemOutcome.refused]) {
    const { outcomes } = await take(({ kind, payload }) => {
      if (kind === FrameKind.init) return [ready()];
      if (kind !== FrameKind.chunk) return [];
      const number = new DataView(payload.buffer, payload.byteOffset).getUint32(CHUNK.number, true);
      // Whoever took the code for the next outcome would take -1 for the length of a message.
      const items = [outcome, 1, 4, -1, ItemOutcome.unchanged];
      return [encodeFrame(FrameKind.result, [number, 0, 2, 1, ...Array(10).fill(0), ...items])];
    }, 2);
    assertEquals(outcomes, [outcome, ItemOutcome.unchanged]);
  }
});

const LIES: Record<string, (payload: Uint8Array, next: (below: number) => number) => Uint8Array[]> =
  {
    "another run's number": (payload) => [lie(payload, 0, 77)],
    "another item": (payload) => [lie(payload, 4, 1)],
    "too many items": (payload) => [lie(payload, 8, 4_000_000_000)],
    "no items": (payload) => [lie(payload, 8, 0)],
    "too many modules": (payload) => [lie(payload, 12, 99)],
    "modules without end": (payload) => [lie(payload, 12, 0xffff_ffff)],
    "an outcome that there is not": (payload) => [lie(payload, 16 + 40, -9)],
    "messages without end": (payload) => [lie(payload, 16 + 40, 0x7fff_ffff)],
    "a result twice": (payload) => [honest(payload), honest(payload)],
    "nothing": () => [encodeFrame(FrameKind.result, [])],
    "ready twice": () => [ready()],
    "a kind of frame that there is not": () => [encodeFrame(999, [1, 2, 3])],
    "a kind of frame that is the host's": (payload) => [encodeFrame(FrameKind.chunk, payload)],
    "a frame without end": () => [new Uint8Array(64).fill(0xff)],
    "noise": (_, next) => [Uint8Array.from({ length: 500 }, () => next(256))],
    "progress, and nothing else": () =>
      Array.from({ length: 100 }, (_, n) => encodeFrame(FrameKind.progress, [n, -n, 1e9])),
  };

function lie(payload: Uint8Array, at: number, value: number): Uint8Array {
  const frame = honest(payload);
  new DataView(frame.buffer).setInt32(FRAME_HEADER + at, value, true);
  return frame;
}

for (const [what, answer] of Object.entries(LIES)) {
  Deno.test(`a process that answers with ${what} costs its own events, and is named`, async () => {
    const next = random(2);
    const { outcomes, lines, puppets } = await take(
      ({ kind, payload }) =>
        kind === FrameKind.init ? [ready()] : kind === FrameKind.chunk ? answer(payload, next) : [],
      3,
    );
    assertEquals(outcomes.length, 3);
    assert(outcomes.every((one) => one === ItemOutcome.failed || one === ItemOutcome.unchanged));
    assert(puppets.killed.length > 0);
    assert(lines.some((line) => line.includes(`Filter "odd"`)), lines.join("\n"));
    assertLess(lines.length, 15);
  });
}

const DESCRIPTIONS = {
  "nothing": "",
  "no list": '{"module":0,"name":"a","events":["all"]}',
  "no objects": "[null,1,[]]",
  "a name of the language's": '[{"module":0,"name":"__proto__","events":["all"]}]',
  "fields that it has inherited": '[{"__proto__":{"module":0,"name":"a","events":["all"]}}]',
  "another module": '[{"module":1e9,"name":"a","events":["all"]}]',
  "an event that there is not": '[{"module":0,"name":"a","events":["toString"]}]',
  "events without end": `[{"module":0,"name":"a","events":[${'"all",'.repeat(99_999)}"all"]}]`,
  "a problem without end": `[{"module":0,"problem":"${"x".repeat(1_000_000)}"}]`,
  "noise": "\u0000\u0001",
} as const;

for (const [what, text] of Object.entries(DESCRIPTIONS)) {
  Deno.test(`a process that says ${what} of its module: it is not used, and that is said`, async () => {
    const { outcomes, lines } = await take(
      ({ kind }) => kind === FrameKind.init ? [encodeFrame(FrameKind.ready, [], text)] : [],
      2,
    );
    assertEquals(outcomes, [ItemOutcome.unchanged, ItemOutcome.unchanged]);
    assertEquals(lines.length, 1);
    assert(lines[0]!.includes("is not used"));
    assertLess(lines[0]!.length, 1200);
  });
}

Deno.test("random frames, and right ones with bytes changed: every event is decided", async () => {
  const next = random(Number(Deno.env.get("SEED") ?? 3));
  for (let round = 0; round < 40; round++) {
    const spoil = (frame: Uint8Array) => {
      const spoilt = frame.slice();
      for (let n = next(4); n > 0; n--) spoilt[next(spoilt.length)] = next(256);
      return next(10) === 0 ? spoilt.subarray(0, next(spoilt.length)) : spoilt;
    };
    const noise = () =>
      encodeFrame(next(26), Uint8Array.from({ length: next(200) }, () => next(256)));
    const { outcomes, counters } = await take(({ kind, payload }) => {
      if (kind === FrameKind.init) return next(4) === 0 ? [spoil(ready())] : [ready()];
      if (kind !== FrameKind.chunk) return [];
      const frames = [honest(payload)].map(spoil);
      if (next(3) === 0) frames.splice(next(2), 0, noise());
      return frames;
    }, 5);
    assertEquals(outcomes.length, 5);
    assert(counters.every((count) => Number.isFinite(count) && count >= 0));
  }
});

Deno.test("hooks: every request is decided, whatever the process says; refusals are as they must be", async () => {
  const next = random(4);
  const text = new TextEncoder().encode('{"janus":"ping"}');
  const peer = { id: 1, name: null, identity: null, address: "127.0.0.1", admin: false };
  for (let round = 0; round < 60; round++) {
    const { options } = parts(({ kind, payload }) => {
      if (kind === FrameKind.init) return [ready(["onRequest", "onReply"])];
      if (kind !== FrameKind.chunk) return [];
      const frame = honest(payload);
      const at = FRAME_HEADER + 16 + 40 + 4 * next(2);
      if (at + 4 <= frame.length) {
        new DataView(frame.buffer).setInt32(at, next(12) - 5, true);
      }
      const words = Array.from({ length: next(12) }, () => next(3) === 0 ? next(9) : next(2 ** 32));
      const more = new Uint8Array(frame.length + 4 * words.length);
      more.set(frame);
      more.set(new Uint8Array(Uint32Array.from(words).buffer), frame.length);
      new DataView(more.buffer).setUint32(0, more.length - FRAME_HEADER, true);
      return [more];
    }, "refuse");
    const hooks = new Hooks(options);
    hooks.give([{ reply: false, peer, text }, { reply: true, peer, text }]);
    const end = performance.now() + 10_000;
    let results = hooks.results();
    while (results === null) {
      assertLess(performance.now(), end);
      turn(hooks.engine);
      await new Promise((resolve) => setTimeout(resolve, 0));
      results = hooks.results();
    }
    for (const result of results) {
      if (result.became !== "refused") continue;
      assert(Number.isInteger(result.code));
      assertEquals(typeof result.reason, "string");
    }
    hooks.engine.close(0);
  }
});
