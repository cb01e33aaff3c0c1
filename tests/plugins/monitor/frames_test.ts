/** Ticks, applied one after the other, come to what a snapshot has. */
import type {
  HandleState,
  MediumState,
  SessionState,
  Snapshot,
  Tick,
} from "../../../plugins/monitor/wire.ts";
import { parseJson } from "../../../plugins/janus/json.ts";
import type { ServerEvent } from "../../../plugins/janus/events.ts";
import { Load } from "../../../scripts/bench/monitor/load.ts";
import { assertEquals } from "../../assert.ts";
import { BEGAN, modelOf, recordedCalls } from "./support.ts";

/** What a page keeps. */
class Page {
  readonly sessions = new Map<string, SessionState>();
  readonly handles = new Map<string, HandleState>();

  constructor(snapshot: Snapshot) {
    for (const one of snapshot.sessions) this.sessions.set(`${one.server} ${one.id}`, one);
    for (const one of snapshot.handles) this.handles.set(`${one.server} ${one.id}`, one);
  }

  apply(tick: Tick): void {
    for (const one of tick.sessions) this.sessions.set(`${one.server} ${one.id}`, one);
    for (const one of tick.handles) this.handles.set(`${one.server} ${one.id}`, one);
    for (const [server, id, place, point] of tick.points) {
      const handle = this.handles.get(`${server} ${id}`)!;
      const media = handle.media.with(place, { ...handle.media[place] as MediumState, point });
      this.handles.set(`${server} ${id}`, { ...handle, media });
    }
    for (const [server, id] of tick.gone_sessions) this.sessions.delete(`${server} ${id}`);
    for (const [server, id] of tick.gone_handles) this.handles.delete(`${server} ${id}`);
  }

  assertLike(snapshot: Snapshot): void {
    const other = new Page(snapshot);
    const sorted = <T>(map: Map<string, T>) => [...map].sort(([a], [b]) => a < b ? -1 : 1);
    assertEquals(sorted(this.sessions), sorted(other.sessions));
    assertEquals(sorted(this.handles), sorted(other.handles));
  }
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));

Deno.test("recorded calls: after each second a page has what there is", () => {
  const model = modelOf();
  const page = new Page(copy(model.snapshot(BEGAN)));
  const events = recordedCalls();
  let now = Math.floor(events[0]!.timestamp / 1000);
  const tick = () => {
    now += 1000;
    page.apply(copy(model.tick(now)));
    page.assertLike(copy(model.snapshot(now)));
  };
  for (const event of events) {
    while (event.timestamp / 1000 >= now + 1000) tick();
    model.take(0, [event], null, Math.floor(event.timestamp / 1000));
  }
  for (let second = 0; second < 80; second++) tick();
  assertEquals([page.sessions.size, page.handles.size], [0, 0]);
});

Deno.test("many calls that come and go: a page that came later has what there is", () => {
  const model = modelOf();
  const load = new Load();
  const take = (texts: Iterable<string>, now: number) => {
    for (const text of texts) model.take(0, [parseJson(text) as ServerEvent], null, now);
  };
  take(load.begin(), BEGAN);
  model.tick(BEGAN);
  // In the midst of a second: the next tick has some of it once more.
  take(load.events(500), BEGAN + 500);
  const page = new Page(copy(model.snapshot(BEGAN + 500)));
  for (let second = 1; second <= 12; second++) {
    take(load.events(3000), BEGAN + second * 6000);
    page.apply(copy(model.tick(BEGAN + second * 6000)));
    if (second % 3 === 0) page.assertLike(copy(model.snapshot(BEGAN)));
  }
});
