/** A source of events, and what it says. */
import type { Log } from "../../../plugins/janus/log.ts";
import { Model } from "../../../plugins/monitor/model.ts";
import { EventSource } from "../../../plugins/monitor/sources/event_source.ts";
import { sleep } from "../../../scripts/lib/waiting.ts";
import { assert } from "../../assert.ts";

/** Keeps all lines. */
export class Heard implements Log {
  readonly lines: string[] = [];
  error = (text: string) => void this.lines.push(text);
  warning = this.error;
  info = this.error;
  verbose = () => {};
}

/** A model, its source, and what that says. */
export function follow(endpoint: string, name: string | null = "a") {
  const heard = new Heard();
  const model = new Model([{ name, endpoint, admin: false }], Date.now());
  const security = { curve: null, plain: null };
  const source = new EventSource(model, 0, { endpoint, bind: false, ...security }, heard);
  const state = () => model.snapshot(Date.now()).servers[0]!;
  return { model, source, heard, state };
}

/** Waits until something is true. */
export async function until(test: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; !test();) {
    assert(performance.now() < end, "it took too long");
    await sleep(10);
  }
}
