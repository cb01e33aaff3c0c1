import {
  addedToEventThread,
  arrivalRatios,
  arrivalsOf,
  lostOf,
} from "../../../../scripts/bench/events/finding.ts";
import { assertEquals } from "../../../assert.ts";
import { arrival, finding, sample } from "./findings.ts";

Deno.test("ratios and differences are taken within each round", () => {
  // The second round was twice as slow for everybody.
  const ours = [sample(arrival({ rate: 90 }), 3), sample(arrival({ rate: 45 }), 6)];
  const theirs = [sample(arrival({ rate: 60 })), sample(arrival({ rate: 30 }))];
  const nothing = [sample(undefined, 1), sample(undefined, 4)];
  const findings = [
    finding("zeromq", ours),
    finding("nanomsg-grouped", theirs),
    finding("null", nothing),
  ];
  const burst = (key: "nanomsg-grouped" | "native" | "null") =>
    arrivalRatios(findings, ["zeromq", key], "long burst", ({ rate }) => rate);
  assertEquals([burst("nanomsg-grouped"), burst("native"), burst("null")], [
    [1.5, 1.5],
    undefined,
    undefined,
  ]);
  assertEquals(addedToEventThread(findings, "zeromq", "long burst"), 2);
  assertEquals(addedToEventThread(findings.slice(0, 2), "zeromq", "long burst"), undefined);
});

Deno.test("losses are added up over the rounds and the loads that are asked for", () => {
  const lossy = [sample(arrival({ lost: 1 })), sample(arrival({ lost: 2 }))];
  const others = { "long burst": lossy, 1000: lossy };
  const one = finding("zeromq", [sample(arrival({}))], others);
  assertEquals(lostOf(one), 6);
  assertEquals(lostOf(one, ["long burst", 50_000]), 3);
});

Deno.test("who has no subscriber, or isn't given a load, has no arrivals and loses nothing", () => {
  const none = finding("null", [sample(undefined)]);
  assertEquals(arrivalsOf(none, "long burst"), undefined);
  assertEquals(arrivalsOf(finding("filter", [sample(arrival({}))]), 1_000), undefined);
  assertEquals(lostOf(none), 0);
});
