import { RefusalLog } from "../../../../plugins/host/security/refusals.ts";
import { assert, assertEquals, assertStringIncludes } from "../../../assert.ts";
import { LogBook } from "./support.ts";

const API = "the Janus API";
const MINUTE = 60_000;

Deno.test("a peer's refusals are one line a minute, with how many there were", () => {
  const log = new LogBook();
  const refusals = new RefusalLog(log);
  for (let i = 0; i < 5; i++) refusals.refuse("10.0.0.1", API, "no key", i);
  refusals.refuse("10.0.0.2", API, "no key", 10);
  refusals.refuse("10.0.0.1", "the Admin API", "no key", 10);
  refusals.refuse("10.0.0.1", API, "no key", MINUTE);
  assertEquals(log.lines, [
    "warning Refused 10.0.0.1 on the Janus API: no key",
    "warning Refused 10.0.0.2 on the Janus API: no key",
    "warning Refused 10.0.0.1 on the Admin API: no key",
    "warning Refused 10.0.0.1 on the Janus API: no key (and 4 times more since the last such line)",
  ]);
});

Deno.test("local clients are told apart by their user, not by their process", () => {
  const log = new LogBook();
  const refusals = new RefusalLog(log);
  refusals.refuse("localhost:1000:1000:4711", API, "no key", 0);
  refusals.refuse("localhost:1000:1000:4712", API, "no key", 1);
  assertEquals(log.lines, [
    "warning Refused a local client (user id 1000) on the Janus API: no key",
  ]);
});

Deno.test("a storm from everywhere is sixty lines a minute, and a bounded memory", () => {
  const log = new LogBook();
  const refusals = new RefusalLog(log);
  for (let i = 0; i < 100_000; i++) refusals.refuse(`2001:db8::${i.toString(16)}`, API, "no", 0);
  assertEquals(log.lines.length, 60);
  assertStringIncludes(log.lines.at(-1) ?? "", "Too many peers are refused");
  refusals.refuse("10.0.0.1", API, "no", MINUTE);
  assertEquals(log.lines.length, 61);
});

Deno.test("more addresses than are remembered do not stop the log", () => {
  const log = new LogBook();
  const refusals = new RefusalLog(log);
  for (let i = 0; i < 3000; i++) refusals.refuse(`peer-${i}`, API, "no", i * 2000);
  assert(log.lines.length > 2900);
});

Deno.test("lines show no control characters of a peer's", () => {
  const log = new LogBook();
  new RefusalLog(log).refuse("a\n[ERR] b\u001b[2J", API, "no", 0);
  assertEquals(log.lines, ["warning Refused a?[ERR] b?[2J on the Janus API: no"]);
});
