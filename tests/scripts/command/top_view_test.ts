import { fit, plainLine, screenLines } from "../../../scripts/command/top_view.ts";
import { paintNever } from "../../../scripts/lib/terminal.ts";
import { Model } from "../../../plugins/monitor/model.ts";
import type { ServerState } from "../../../plugins/monitor/wire.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";

function serverState(name: string): ServerState {
  const watched = [{ name, endpoint: "tcp://127.0.0.1:1", admin: true }];
  const model = new Model(watched, 0);
  const [server] = model.servers;
  server!.setLink("events", "up", 0);
  server!.takePluginInfo("eventhandler", {
    state: "running",
    restarts: 2,
    ring: { used: 50, size: 200 },
    counters: { subscribers: 3 },
    dropped: { ring_full: { sessions: 1200, media: 34 } },
  }, 0);
  return server!.show();
}

const TIME = new Date(Date.UTC(2026, 0, 31, 12));

Deno.test("screenLines() shows a server, and drops by cause", () => {
  const size = { columns: 120, rows: 24 };
  const lines = screenLines([serverState("edge-1")], size, TIME, paintNever);
  assertMatch(lines[2]!, /^SERVER +STATE .* RESTARTS$/);
  assertMatch(lines[3]!, /^edge-1 +up +0 +0 +0 +1,234 +- +- +3 +25% +2$/);
  assertStringIncludes(lines.join("\n"), "edge-1: dropped: ring full 1,234");
});

Deno.test("screenLines() never leaves its screen, whatever names there are", () => {
  const names = [
    "\x1b[2J\x1b[31mred",
    "a\nb\rc\x07",
    "日本語".repeat(20),
    "e\u0301\u0301\u0301",
    "\u202eevil",
  ];
  const servers = names.map(serverState);
  for (const columns of [1, 10, 40, 80, 200]) {
    for (const rows of [1, 2, 5, 50]) {
      const lines = screenLines(servers, { columns, rows }, TIME, paintNever);
      assert(lines.length <= rows);
      for (const line of lines) {
        assertEquals(fit(line, columns), line);
        // deno-lint-ignore no-control-regex -- exactly those
        assert(!/[\x00-\x1f\x7f-\x9f\u202e\u0301]/.test(line), JSON.stringify(line));
      }
    }
  }
});

Deno.test("plainLine() is one line, with a word for each value", () => {
  const line = plainLine(serverState("a b\n\x1b[2J"), TIME);
  assertMatch(line, /^2026-01-31T12:00:00Z \S+ state=up rate=0 sessions=0 calls=0 dropped=1234 /);
  assertMatch(line, / ring=25% restarts=2 causes=ring_full:1234$/);
});
