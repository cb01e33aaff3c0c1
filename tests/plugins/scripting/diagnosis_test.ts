/** Whose fault it is that a process ends. */
import { Diagnosis, type Evidence, type Finding } from "../../../plugins/scripting/diagnosis.ts";
import { OperatorModule } from "../../../plugins/scripting/modules.ts";
import { assert, assertEquals } from "../../assert.ts";

const [first, second] = [0, 1].map((n) => new OperatorModule(n, `/${n}.ts`, new Float64Array(256)));
const both = [first!, second!];

/** The end of a process that had chunk 7 in hand, and had made calls before. */
function end(more: Partial<Evidence> = {}): Evidence {
  const chunk = { number: 7, first: 0, count: 1, careful: true, done: 0 };
  const progress = { chunk: 7, item: 0, module: 1 };
  return { now: 0, item: 3, alone: false, announced: 9, working: both, chunk, progress, ...more };
}

/** After so many ends nobody is known to be guilty. */
function again(losses: number, disable: readonly OperatorModule[] = []): Finding {
  return { disable, losses };
}

/** A chunk that was no careful one: nobody has announced the call. */
const FAST = { number: 7, first: 0, count: 9, careful: false, done: 0 };

Deno.test("the only module there is, is guilty; but not of what many items may have filled", () => {
  const working = [second!];
  assertEquals(new Diagnosis().ended(end({ working })), { guilty: second });
  assertEquals(new Diagnosis().ended(end({ working, chunk: FAST })), again(1));
});

Deno.test("the first call of a process, or the same call twice: its module is guilty", () => {
  assertEquals(new Diagnosis().ended(end({ announced: 1 })), { guilty: second });
  const diagnosis = new Diagnosis();
  assertEquals(diagnosis.ended(end()), again(1));
  assertEquals(diagnosis.ended(end()), { guilty: second });
});

Deno.test("another call, another item or another batch confirms nothing", () => {
  const diagnosis = new Diagnosis();
  diagnosis.ended(end());
  assert("disable" in diagnosis.ended(end({ item: 4 })));
  assert(
    "disable" in diagnosis.ended(end({ progress: { chunk: 7, item: 0, module: 0 }, item: 4 })),
  );
  diagnosis.forget();
  assert("disable" in diagnosis.ended(end({ item: 4 })));
  // A call of an earlier chunk is over.
  assert(
    "disable" in diagnosis.ended(end({ progress: { chunk: 6, item: 0, module: 1 }, item: 4 })),
  );
});

Deno.test("while nobody is suspected the pauses grow; then whoever was called last is disabled", () => {
  const diagnosis = new Diagnosis();
  const pauses: number[] = [];
  for (let round = 0; round < 3; round++) {
    assertEquals(diagnosis.ended(end({ chunk: FAST })), again(round + 1));
    pauses.push(diagnosis.pause);
  }
  assertEquals(pauses, [2, 50, 250]);
  assertEquals(diagnosis.ended(end({ chunk: FAST })), again(4, [second!]));
  assertEquals(diagnosis.ended(end({ chunk: FAST })), again(1));
});

Deno.test("where no call was announced, all are disabled; a minute later it begins anew", () => {
  const diagnosis = new Diagnosis();
  const unknown = (now: number) => diagnosis.ended(end({ now, chunk: FAST, progress: null }));
  for (const now of [0, 1, 2]) assertEquals(unknown(now), again(now + 1));
  for (const now of [0, 1, 2]) assertEquals(unknown(70_000 + now), again(now + 1));
  assertEquals(unknown(70_003), again(4, both));
});

Deno.test("suspicions that are never confirmed end too", () => {
  const diagnosis = new Diagnosis();
  const findings = Array.from({ length: 10 }, (_, item) => diagnosis.ended(end({ item })));
  assertEquals(findings.slice(0, 9), Array.from({ length: 9 }, (_, n) => again(n + 1)));
  assertEquals(findings[9], again(10, [second!]));
});
