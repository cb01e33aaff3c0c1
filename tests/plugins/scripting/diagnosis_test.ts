/** Whose fault it is that a process ends. */
import {
  Diagnosis,
  type Evidence,
  type Finding,
  LoadDiagnosis,
} from "../../../plugins/scripting/diagnosis.ts";
import { OperatorModule } from "../../../plugins/scripting/operator_module.ts";
import { assertEquals } from "../../assert.ts";

const [first, second] = [0, 1].map((n) => new OperatorModule(n, `/${n}.ts`, new Float64Array(256)));
const both = [first!, second!];
const call = (module: OperatorModule | undefined): Finding => ({ what: "call", module: module! });

/** The end of a process that had chunk 7 in hand, and had made calls before. */
function end(more: Partial<Evidence> = {}): Evidence {
  const chunk = { number: 7, first: 0, count: 1, careful: true, done: 0 };
  const progress = { chunk: 7, item: 0, module: 1 };
  return {
    now: 0,
    ender: undefined,
    item: 3,
    calls: 2,
    alone: false,
    announced: 9,
    working: both,
    chunk,
    progress,
    ...more,
  };
}

/** Nobody is known to be guilty. */
const AGAIN: Finding = { what: "unknown" };

/** A chunk that was no careful one: nobody has announced the call. */
const FAST = { number: 7, first: 0, count: 9, careful: false, done: 0 };

Deno.test("the only module there is, is guilty; but not of what many items may have filled", () => {
  const working = [second!];
  assertEquals(new Diagnosis().ended(end({ working })), call(second));
  assertEquals(new Diagnosis().ended(end({ working, chunk: FAST })), AGAIN);
});

Deno.test("the first call of a process, or the same call twice: its module is guilty", () => {
  assertEquals(new Diagnosis().ended(end({ announced: 1 })), call(second));
  const diagnosis = new Diagnosis();
  assertEquals(diagnosis.ended(end()), AGAIN);
  assertEquals(diagnosis.ended(end()), call(second));
});

Deno.test("a suspicion is looked into with another pause; where it is settled there is none", () => {
  const diagnosis = new Diagnosis();
  const pauses = Array.from({ length: 9 }, (_, item) => {
    diagnosis.ended(end({ item }));
    return diagnosis.pause;
  });
  assertEquals(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 128]);
  assertEquals([diagnosis.ended(end({ item: 8 })), diagnosis.pause], [call(second), 0]);
});

Deno.test("another call, another item or another batch confirms nothing", () => {
  const diagnosis = new Diagnosis();
  diagnosis.ended(end());
  assertEquals(diagnosis.ended(end({ item: 4 })).what, "unknown");
  assertEquals(
    diagnosis.ended(end({ progress: { chunk: 7, item: 0, module: 0 }, item: 4 })).what,
    "unknown",
  );
  diagnosis.forget();
  assertEquals(diagnosis.ended(end({ item: 4 })).what, "unknown");
  // A call of an earlier chunk is over.
  assertEquals(
    diagnosis.ended(end({ progress: { chunk: 6, item: 0, module: 1 }, item: 4 })).what,
    "unknown",
  );
});

/** Has a diagnosis come to know nothing, so often that it looks further. */
function lookedAt(diagnosis: Diagnosis, more: Partial<Evidence> = {}): number[] {
  return [0, 1, 2].map(() => {
    assertEquals(diagnosis.ended(end({ chunk: FAST, ...more })), AGAIN);
    return diagnosis.pause;
  });
}

function trial(module: OperatorModule): Finding {
  return { what: "trial", module };
}

Deno.test("while nobody is suspected the pauses grow; then whoever was called last is left out", () => {
  const diagnosis = new Diagnosis();
  assertEquals(lookedAt(diagnosis), [2, 50, 250]);
  assertEquals(diagnosis.ended(end({ chunk: FAST })), trial(second!));
  assertEquals(diagnosis.pause, 0);
});

Deno.test("where many items are in hand the pauses are shorter: all wait for them", () => {
  const diagnosis = new Diagnosis();
  assertEquals(lookedAt(diagnosis, { calls: 256 * 3 }), [2, 14, 14]);
});

Deno.test("where no call was announced, the last one is left out; a minute later it begins anew", () => {
  const diagnosis = new Diagnosis();
  lookedAt(diagnosis, { progress: null });
  lookedAt(diagnosis, { progress: null, now: 70_000 });
  const last = diagnosis.ended(end({ chunk: FAST, progress: null, now: 70_003 }));
  assertEquals(last, trial(second!));
});

Deno.test("suspicions that are never confirmed end too", () => {
  const diagnosis = new Diagnosis();
  const findings = Array.from({ length: 10 }, (_, item) => diagnosis.ended(end({ item })));
  assertEquals(findings.slice(0, 9), Array.from({ length: 9 }, () => AGAIN));
  assertEquals(findings[9], trial(second!));
});

Deno.test("a module that the process names is known at once, whatever was in hand", () => {
  const diagnosis = new Diagnosis();
  for (const chunk of [FAST, end().chunk, null]) {
    const finding = diagnosis.ended(end({ chunk, ender: first! }));
    assertEquals(finding, { what: "outside", module: first });
  }
});

Deno.test("nothing was in hand, and nobody is named: it comes to a trial as well", () => {
  const diagnosis = new Diagnosis();
  lookedAt(diagnosis, { chunk: null, progress: null });
  assertEquals(diagnosis.ended(end({ chunk: null, progress: null })).what, "trial");
});

Deno.test("the process ends without it, too: it is innocent, and the next one is left out; all, after all", () => {
  const three = [0, 1, 2].map((n) => new OperatorModule(n, `/${n}.ts`, new Float64Array(256)));
  for (const module of three) module.describe({ module: module.number, name: "x", events: [] });
  const [one, two, last] = three as [OperatorModule, OperatorModule, OperatorModule];
  const diagnosis = new Diagnosis();
  const next = (now: number) => {
    const left = diagnosis.onTrial;
    const finding = diagnosis.ended(end({
      ...{ now, chunk: FAST, working: three.filter(({ disabled }) => !disabled) },
      progress: { chunk: 1, item: 0, module: 1 },
    }));
    if (finding.what === "trial") {
      left?.renew();
      finding.module.disable();
    }
    return finding;
  };
  for (let round = 1; round < 4; round++) assertEquals(next(0), AGAIN);
  assertEquals(next(10), trial(two));
  assertEquals([diagnosis.convicted(20), next(59_000)], [null, trial(last)]);
  // It is a minute for each.
  assertEquals([diagnosis.convicted(61_000), next(118_000)], [null, trial(one)]);
  assertEquals(three.map(({ disabled }) => disabled), [true, false, false]);
  assertEquals(next(119_000), { what: "hopeless", modules: [two, last, one] });
});

Deno.test("an end that is somebody else's doing says nothing of the module that is left out", () => {
  const module = new OperatorModule(0, "/0.ts", new Float64Array(256));
  const diagnosis = new Diagnosis();
  lookedAt(diagnosis, { working: [module] });
  diagnosis.ended(end({ chunk: FAST, working: [module] }));
  module.disable();
  assertEquals(diagnosis.onTrial, module);
  assertEquals(diagnosis.ended(end({ ender: second! })).what, "outside");
  assertEquals([diagnosis.onTrial, diagnosis.convicted(99_000)], [null, null]);
});

Deno.test("no end for a minute: it was the one that is left out; unless its file has changed", () => {
  for (const changes of [false, true]) {
    const module = new OperatorModule(0, "/0.ts", new Float64Array(256));
    const diagnosis = new Diagnosis();
    const unknown = end({ chunk: FAST, working: [module] });
    lookedAt(diagnosis, { working: [module] });
    diagnosis.ended(unknown);
    module.disable();
    assertEquals(diagnosis.convicted(59_999), null);
    if (changes) module.renew();
    assertEquals(diagnosis.convicted(60_000), changes ? null : module);
    assertEquals(diagnosis.convicted(60_001), null);
  }
});

Deno.test("while loading: who is named, who was alone, or who was there twice, is to blame", () => {
  const loads = new Set([1, 2, 3]);
  const ended = (...ends: [ender: number, loading: number][]) => {
    const diagnosis = new LoadDiagnosis();
    return ends.map(([ender, loading]) => diagnosis.ended({ ender, loading, loads, late: false }));
  };
  assertEquals(ended([1, 2]), [1]);
  assertEquals(ended([-1, 1]), [1]);
  assertEquals(ended([-1, 2], [-1, 2]), [null, 2]);
  assertEquals(ended([-1, 2], [-1, 3]), [null, null]);
  const late = { ender: -1, loading: 3, loads, late: true };
  assertEquals(new LoadDiagnosis().ended(late), 3);
  // Once blamed it is not given another doubt.
  assertEquals(ended([-1, 2], [-1, 2], [-1, 3], [-1, 2]), [null, 2, null, 2]);
});

Deno.test("three ends in a row while loading, and nobody to blame: it is hopeless", () => {
  const diagnosis = new LoadDiagnosis();
  const ended = () =>
    diagnosis.ended({ ender: -1, loading: -1, loads: new Set([0, 1]), late: false });
  assertEquals([ended(), ended(), ended()], [null, null, "hopeless"]);
  assertEquals([ended(), ended()], [null, null]);
  diagnosis.succeeded();
  assertEquals([ended(), ended(), ended()], [null, null, "hopeless"]);
});
