/** A filter may make events of any shape: the monitor takes them, or leaves them out. */
import { Redactor } from "../../../plugins/monitor/redact.ts";
import type { ServerEvent } from "../../../plugins/janus/events.ts";
import { assertEquals } from "../../assert.ts";
import { BEGAN, modelOf, recordedCalls, samplesOf } from "./support.ts";

const ODD: readonly unknown[] = [
  ...[null, undefined, true, -1, 1e300, NaN, 2n ** 60n, "", "text", "\0", [], [null], {}, { a: 1 }],
  ...[[[]], { type: null }, { transport: null }, { candidates: { local: null } }],
];

/** A copy with one member, of any depth, replaced. */
function* variants(value: unknown): Generator<unknown> {
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    for (const odd of ODD) yield { ...value, [key]: odd };
    for (const variant of variants(member)) {
      yield Array.isArray(value) ? [variant] : { ...value, [key]: variant };
    }
  }
}

function kinds(): ServerEvent[] {
  const found = new Map<string, ServerEvent>();
  for (const event of recordedCalls()) {
    const { type, subtype } = event as { type: number; subtype?: number };
    const key = `${type} ${subtype} ${Object.keys(event.event)} ${
      (event.event as { name?: string }).name
    }`;
    if (!found.has(key)) found.set(key, event);
  }
  return [...found.values()];
}

for (const redact of [false, true]) {
  Deno.test(`events of any shape bring nothing down${redact ? ", redacted" : ""}`, async () => {
    const model = modelOf([null], { redact });
    const redactor = new Redactor();
    let count = 0;
    for (const event of kinds()) {
      for (const variant of variants(event)) {
        const { type, event: body } = variant as ServerEvent;
        // The reader of messages sees to so much.
        if (typeof type !== "number" || typeof body !== "object" || body === null) continue;
        model.take(0, [event, variant as ServerEvent, event], count, BEGAN + count);
        redactor.event(variant as ServerEvent);
        if (++count % 500 === 0) JSON.stringify(model.tick(BEGAN + count));
      }
    }
    JSON.stringify(model.snapshot(BEGAN));
    for (const value of (await samplesOf(model)).values()) assertEquals(Number.isNaN(value), false);
    assertEquals(count > 2000, true, `${count}`);
  });
}
