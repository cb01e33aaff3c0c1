/** Has a model take in minutes of a busy server's events, and prints what is in use, again and again. */
import type { ServerEvent } from "../../../plugins/janus/events.ts";
import { parseJson } from "../../../plugins/janus/json.ts";
import { Model } from "../../../plugins/monitor/model.ts";
import { Load } from "../../../scripts/bench/monitor/load.ts";

const SECONDS = 240;
const PER_SECOND = 600;
const SHOWN_EVERY = 60;

/** There with `--expose-gc`. */
const { gc } = globalThis as unknown as { gc(): void };

const model = new Model([{ name: "a", endpoint: "tcp://a:1", admin: false }], 0);
const load = new Load();
let number = 0;

function take(texts: Iterable<string>, now: number): void {
  for (const text of texts) model.take(0, [parseJson(text) as ServerEvent], ++number, now);
}

take(load.begin(), 0);
for (let second = 1; second <= SECONDS; second++) {
  take(load.events(PER_SECOND), second * 1000);
  JSON.stringify(model.tick(second * 1000));
  if (second % SHOWN_EVERY !== 0) continue;
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  console.log(heapUsed + external);
}
