import {
  differenceOf,
  medianSample,
  ratioOf,
  wholeTime,
  worst,
} from "../../../../scripts/bench/transport/samples.ts";
import { assertEquals } from "../../../assert.ts";
import { sampleOf, samplesOf } from "./findings.ts";

Deno.test("ratios and differences are taken within each round", () => {
  const samples = samplesOf({
    zeromq: [{ p50: 100 }, { p50: 1_000 }, { p50: 30 }],
    native: [{ p50: 50 }, { p50: 500 }, { p50: 10 }],
  });
  assertEquals(ratioOf(samples, ["zeromq", "native"], 1, ({ p50 }) => p50), 2);
  assertEquals(differenceOf(samples, ["zeromq", "native"], 1, ({ p50 }) => p50), 50);
  assertEquals(ratioOf(samples, ["zeromq", "nanomsg"], 1, ({ p50 }) => p50), undefined);
  assertEquals(differenceOf(samples, ["hook", "zeromq"], 1, ({ p50 }) => p50), undefined);
});

Deno.test("a request costs what all of its processes take", () => {
  const sample = sampleOf({ cpu_janus: 1, cpu_plugin: 20, cpu_broker: 300, cpu_client: 4_000 });
  assertEquals(wholeTime(sample), 4_321);
});

Deno.test("each number has its own median, and stalls add up", () => {
  const rounds = [{ p50: 1, p999: 30, stalls: 1 }, { p50: 2, p999: 10 }, { p50: 3, p999: 20 }];
  const samples = rounds.map(sampleOf);
  const { p50, p999, stalls } = medianSample(samples);
  assertEquals({ p50, p999, stalls }, { p50: 2, p999: 20, stalls: 1 });
  assertEquals(worst(samples, (sample) => sample.p999), 30);
});
