import {
  addedToEventThread,
  arrivalsOf,
  burstRatio,
  lostOf,
} from "../../../../scripts/bench/events/compare.ts";
import { assertEquals } from "../../../assert.ts";
import { arrival, finding, sample } from "./findings.ts";

Deno.test("ratios and differences are taken within each round", () => {
  // The second round was twice as slow for everybody.
  const ours = [sample(arrival({ rate: 90 }), 3), sample(arrival({ rate: 45 }), 6)];
  const theirs = [sample(arrival({ rate: 60 })), sample(arrival({ rate: 30 }))];
  const nothing = [sample(undefined, 1), sample(undefined, 4)];
  const findings = [
    finding("zeromq", ours),
    finding("nanomsg", theirs),
    finding("null", nothing),
  ];
  assertEquals(burstRatio(findings, "zeromq", "nanomsg"), 1.5);
  assertEquals(addedToEventThread(findings, "zeromq", 0), 2);
  assertEquals(burstRatio(findings, "zeromq", "native"), undefined);
  assertEquals(addedToEventThread(findings.slice(0, 2), "zeromq", 0), undefined);
});

Deno.test("losses are added up over the rounds and the rates that are asked for", () => {
  const lossy = [sample(arrival({ lost: 1 })), sample(arrival({ lost: 2 }))];
  const one = finding("zeromq", [sample(arrival({}))], { 0: lossy, 1000: lossy });
  assertEquals(lostOf(one), 6);
  assertEquals(lostOf(one, [0, 50_000]), 3);
});

Deno.test("who has no subscriber has no arrivals, and loses nothing", () => {
  const none = finding("null", [sample(undefined)]);
  assertEquals(arrivalsOf(none, 0), undefined);
  assertEquals(burstRatio([none], "null", "null"), undefined);
  assertEquals(lostOf(none), 0);
});
