import {
  parseMemory,
  readThreadTimes,
  usedBetween,
} from "../../../../scripts/bench/lib/processes.ts";
import { assert, assertEquals } from "../../../assert.ts";

Deno.test("parseMemory() reads the resident sizes in MiB", () => {
  const status = "VmPeak:\t  99999 kB\nVmRSS:\t   4096 kB\nRssAnon:\t   1024 kB\n" +
    "RssFile:\t   2560 kB\nRssShmem:\t    512 kB\n";
  assertEquals(parseMemory(status), { rss: 4, anonymous: 1, file: 2.5, shared: 0.5 });
});

Deno.test("threads' processor time grows while they work", async () => {
  const before = await readThreadTimes(Deno.pid);
  const end = performance.now() + 50;
  while (performance.now() < end);
  const used = usedBetween(before, await readThreadTimes(Deno.pid));
  const total = [...used.values()].reduce((sum, time) => sum + time, 0);
  // Other processes may have had the core meanwhile, but not for all of it.
  assert(total > 1, `${total} ms`);
});
