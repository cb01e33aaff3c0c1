import { mediaStatistics, sampleEvent } from "../../../mod.ts";
import type { MediaStatistics } from "../../../mod.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("mediaStatistics() gives a list of one, or of all, as Janus has told them", () => {
  const single = sampleEvent("media.stats");
  const list: readonly MediaStatistics[] = mediaStatistics(single);
  assertEquals(list, [single.event].flat());
  const combined = sampleEvent("media.stats", { event: [...list, ...list] });
  assertEquals(mediaStatistics(combined).length, 2);
  const [first] = mediaStatistics(combined);
  // @ts-expect-error: data channels have no codec
  first?.codec;
  if (first?.media !== "data") assertEquals(first?.codec, "opus");
});
