/** What the page makes of frames: the store, the tree, and a call's course. */
import { curveOf, follow, gapsOf, lengthOf } from "../../../../plugins/monitor/page/course.ts";
import { colorsOf } from "../../../../plugins/monitor/page/colors.ts";
import { Order, type Row, treeRows, type TreeView } from "../../../../plugins/monitor/page/rows.ts";
import { MAX_TAIL, Store } from "../../../../plugins/monitor/page/store.ts";
import type { Model } from "../../../../plugins/monitor/model.ts";
import type { Tick } from "../../../../plugins/monitor/wire.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { attached, BEGAN, event, modelOf, recordedCalls, statistics, tell } from "../support.ts";

const ALL: TreeView = { filter: "", troubled: false, toggled: new Set(), brief: false };

/** As it goes through the stream. */
function sent<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** A store that was there from the model's beginning. */
function following(model: Model): Store {
  const store = new Store();
  assert(store.apply(sent(model.snapshot(BEGAN))));
  return store;
}

Deno.test("ticks come to what a snapshot has, over twelve recorded calls", () => {
  const model = modelOf();
  const store = following(model);
  let second = 0;
  for (const event of recordedCalls()) {
    model.take(0, [event], null, BEGAN + second * 1000);
    if (++second % 4 === 0) assert(store.apply(sent(model.tick(BEGAN + second * 1000))));
  }
  const tick = sent(model.tick(BEGAN + second * 1000));
  assert(store.apply(tick));
  const fresh = new Store();
  fresh.apply(sent(model.snapshot(BEGAN + second * 1000)));
  assertEquals(store.handles.size, fresh.handles.size);
  for (const [key, handle] of fresh.handles) assertEquals(store.handles.get(key), handle);
  assertEquals([...store.sessions.keys()].sort(), [...fresh.sessions.keys()].sort());
  assertEquals(store.servers, fresh.servers);
  assert(store.tail.length <= MAX_TAIL);
});

Deno.test("a frame that is missing is noticed, and a snapshot makes up for it", () => {
  const model = modelOf();
  const store = following(model);
  tell(model, 0, ...attached("Ann"));
  assert(store.apply(sent(model.tick(BEGAN + 1000))));
  model.tick(BEGAN + 2000);
  assertEquals(store.apply(sent(model.tick(BEGAN + 3000))), false);
  const keys = store.tail.map(({ key }) => key);
  assert(store.apply(sent(model.snapshot(BEGAN + 3000))));
  // The same events are not there twice.
  assertEquals(store.tail.map(({ key }) => key), keys);
});

/** A row as a word. */
function shown(row: Row): string {
  switch (row.kind) {
    case "session":
      return `s${row.id}`;
    case "handle":
      return `h${row.handle.id}`;
    case "medium":
      return `m${row.medium.media}`;
  }
}

function rowsOf(store: Store, view: Partial<TreeView> = {}): string[] {
  return treeRows(store, { ...ALL, ...view }).rows.map(shown);
}

/** Three calls; that of handle 5 loses packets on the way to Janus. */
function three(): Store {
  const model = modelOf();
  for (const [handle, session] of [[4, 1], [5, 2], [6, 2]] as const) {
    tell(model, 0, ...attached(`caller ${handle}`, handle, session));
    const more = { session_id: session, handle_id: handle };
    tell(model, 0, event(16, 6, { connection: "webrtcup" }, more));
    for (const second of [1, 2]) {
      const packets = { "packets-received": 90 * second, lost: handle === 5 ? 10 * second : 0 };
      const timestamp = (BEGAN + second * 1000) * 1000;
      tell(model, second * 1000, event(32, 3, statistics(packets), { ...more, timestamp }));
    }
  }
  model.tick(BEGAN + 2000);
  return following(model);
}

Deno.test("the tree: the worst first, sessions closed and handles opened by choice", () => {
  const store = three();
  assertEquals(rowsOf(store), ["s2", "h5", "h6", "s1", "h4"]);
  assertEquals(rowsOf(store, { toggled: new Set(["s0/2", "h0/4"]) }), ["s2", "s1", "h4", "maudio"]);
  const { counts } = treeRows(store, ALL);
  assertEquals(counts, { bad: 1, look: 0, fine: 2, shown: 3 });
});

Deno.test("a session of one handle has no row of its own where there is little room", () => {
  assertEquals(rowsOf(three(), { brief: true }), ["s2", "h5", "h6", "h4"]);
});

Deno.test("rows stay where they are while the order is held, and new ones come last", () => {
  const model = modelOf();
  const call = (handle: number) => {
    const more = { session_id: handle + 10, handle_id: handle };
    tell(model, 0, ...attached(`caller ${handle}`, handle, handle + 10));
    tell(model, 0, event(16, 6, { connection: "webrtcup" }, more));
    return more;
  };
  const [, second] = [1, 2, 3].map(call);
  model.tick(BEGAN + 1000);
  const store = following(model);
  const order = new Order();
  const rows = () => treeRows(store, ALL, order).rows.map(shown).filter((row) => row[0] === "h");
  assertEquals(rows(), ["h1", "h2", "h3"]);
  tell(model, 1500, event(16, 1, { ice: "failed" }, second));
  call(4);
  tell(model, 1600, event(16, 1, { ice: "failed" }, { session_id: 14, handle_id: 4 }));
  assert(store.apply(sent(model.tick(BEGAN + 2000))));
  order.held = true;
  assertEquals(rows(), ["h1", "h2", "h3", "h4"]);
  order.held = false;
  assertEquals(rows(), ["h2", "h4", "h1", "h3"]);
  order.held = true;
  tell(model, 2500, event(16, 1, { ice: "ready" }, second));
  assert(store.apply(sent(model.tick(BEGAN + 3000))));
  assertEquals(rows(), ["h2", "h4", "h1", "h3"]);
});

Deno.test("what is over or not known any more stands below what is live, and is not bad", () => {
  const model = modelOf(["a", "b"]);
  for (const [server, handle] of [[0, 1], [0, 2], [1, 3]] as const) {
    const more = { session_id: handle + 10, handle_id: handle };
    model.servers[server]!.setLink("events", "up", BEGAN);
    const events = [
      ...attached(`caller ${handle}`, handle, handle + 10),
      event(16, 6, { connection: "webrtcup" }, more),
      event(16, 1, { ice: handle === 2 ? "ready" : "failed" }, more),
    ];
    model.take(server, events, null, BEGAN);
  }
  const hangup = { connection: "hangup", reason: "ICE failed" };
  const more = { session_id: 11, handle_id: 1 };
  model.take(0, [event(16, 6, hangup, more)], null, BEGAN + 10);
  model.tick(BEGAN + 1000);
  const store = following(model);
  assertEquals(rowsOf(store), ["s13", "h3", "s12", "h2", "s11", "h1"]);
  assertEquals(treeRows(store, ALL).counts.bad, 1);
  model.servers[1]!.setLink("events", "lost", BEGAN + 1500);
  assert(store.apply(sent(model.tick(BEGAN + 2000))));
  assertEquals(rowsOf(store), ["s12", "h2", "s11", "h1", "s13", "h3"]);
  assertEquals(treeRows(store, ALL).counts.bad, 0);
  assertEquals(rowsOf(store, { filter: "hangup ice failed" }), ["s11", "h1"]);
});

Deno.test("a kind of media has its color in every call", () => {
  const colors = (...media: string[]) => colorsOf(media.map((media) => ({ media })));
  assertEquals(colors("audio", "video"), [0, 1]);
  assertEquals(colors("video", "audio", "data"), [1, 0, 4]);
  assertEquals(new Set(colors("video", "video", "audio", "video-sim1", "video", "other")).size, 6);
  assertEquals(colors(...Array(9).fill("video"))[0], 1);
});

Deno.test("the tree's filter: all words, in any order, of names, ids, plugins and reasons", () => {
  const store = three();
  assertEquals(rowsOf(store, { filter: "ECHOTEST caller 6" }), ["s2", "h6"]);
  assertEquals(rowsOf(store, { filter: "loss" }), ["s2", "h5"]);
  assertEquals(rowsOf(store, { filter: "opus  lab" }).length, 5);
  assertEquals(rowsOf(store, { filter: "nobody" }), []);
  assertEquals(rowsOf(store, { troubled: true }), ["s2", "h5"]);
});

Deno.test("curves join points that are a period apart, and have a gap where more is missing", () => {
  const [u, n] = [undefined, null];
  assertEquals(curveOf([1, 2, n, 3, n, n, 4], 1), [1, 2, u, 3, n, n, 4]);
  assertEquals(curveOf([n, 1, n, n, n, n, 2, n], 5), [n, 1, u, u, u, u, 2, n]);
  assertEquals(curveOf([], null), []);
});

Deno.test("a course goes on with the ticks, keeps ten minutes, and names its gaps", () => {
  const model = modelOf();
  tell(model, 0, ...attached("Ann"));
  const report = (second: number) => {
    const packets = { "packets-received": 50 * second, "bytes-received": 4000 * second };
    const timestamp = (BEGAN + second * 1000) * 1000;
    tell(model, second * 1000, event(32, 3, statistics(packets), { timestamp }));
    return sent(model.tick(BEGAN + second * 1000)) as Tick;
  };
  report(1);
  let course = sent(model.call(0, "22", BEGAN + 1000)!);
  // Something else has changed: all is to be fetched anew.
  assertEquals(follow(course, { ...report(2), handles: [course.handle] }), null);
  course = sent(model.call(0, "22", BEGAN + 2000)!);
  for (let second = 3; second <= 640; second++) {
    const silent = second > 630 && second < 636;
    const tick = silent ? sent(model.tick(BEGAN + second * 1000)) as Tick : report(second);
    const next = follow(course, { ...tick, handles: [] });
    assert(next !== null);
    course = next;
  }
  const fetched = sent(model.call(0, "22", BEGAN + 640_000)!);
  assertEquals([course.first, lengthOf(course)], [fetched.first, 600]);
  assertEquals(course.media[0]!.columns.rtt, fetched.media[0]!.columns.rtt);
  const at = BEGAN / 1000;
  assertEquals(gapsOf(course, 1), [{ from: at + 630, to: at + 636 }]);
  assertEquals(gapsOf(course, 10), []);
});
