import type { ConnectionMonitor } from "../../../ffi/zmq/connections.ts";
import { ConnectionGuard } from "../../../plugins/host/connection_guard.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";

/** A socket that says of its connections what it is told to. */
function socket({ open = 0, leftBehind = 0, oversized = [] as number[] }) {
  const cut: number[] = [];
  const asked: number[] = [];
  const monitor = {
    open,
    countLeftBehind: () => leftBehind,
    oversized: (ours: number) => (asked.push(ours), oversized),
    cut: (fd: number) => void cut.push(fd),
  } as unknown as ConnectionMonitor;
  return { monitor, handshakeBytes: 80, cut, asked };
}

Deno.test("connections that have sent too much are cut on each socket, and named before", () => {
  const sockets = [socket({ oversized: [5, 6] }), socket({ oversized: [7] }), socket({})];
  const guard = new ConnectionGuard(sockets, { error: () => {} });
  const named: [number, number][] = [];
  guard.cutOversized((fd) => named.push([fd, sockets.flatMap(({ cut }) => cut).length]));
  assertEquals(named, [[5, 0], [6, 1], [7, 2]]);
  assertEquals(sockets.map(({ cut }) => cut), [[5, 6], [7], []]);
  assertEquals(sockets.map(({ asked }) => asked), [[80], [80], [80]]);
});

Deno.test("too many connections left behind use up the process, counted every ten seconds", () => {
  const lines: string[] = [];
  const log = { error: (text: string) => void lines.push(text) };
  const few = socket({ open: 500, leftBehind: 500 });
  const guard = new ConnectionGuard([few, socket({ open: 600, leftBehind: 500 })], log);
  assert(!guard.exhausted(1000), "where so few are open, none are counted");
  const full = new ConnectionGuard([few, socket({ open: 600, leftBehind: 501 })], log);
  assert(full.exhausted(1000));
  assert(!full.exhausted(10_999) && full.exhausted(11_000));
  assertEquals(lines.length, 2);
  assertMatch(lines[0]!, /^501 connections are left over/);
});
