import { LineProcess } from "../../../../scripts/bench/frame/line_process.ts";
import {
  parseMemory,
  parsePss,
  readMemory,
  readThreads,
  readThreadTimes,
  resetPeak,
  usedBetween,
} from "../../../../scripts/bench/frame/processes.ts";
import { assert, assertEquals } from "../../../assert.ts";

Deno.test("parseMemory() reads the resident sizes in MiB", () => {
  const status =
    "VmPeak:\t  99999 kB\nVmHWM:\t   8192 kB\nVmRSS:\t   4096 kB\nRssAnon:\t   1024 kB\n" +
    "RssFile:\t   2560 kB\nRssShmem:\t    512 kB\n";
  assertEquals(parseMemory(status), { rss: 4, peak: 8, anonymous: 1, file: 2.5, shared: 0.5 });
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

Deno.test("parsePss() takes the sum, not its parts", () => {
  const rollup = "Rss:     4096 kB\nPss:     2048 kB\nPss_Anon: 1024 kB\nSwapPss:   0 kB\n";
  assertEquals(parsePss(rollup), 2);
});

Deno.test("threads are listed as they were started, the first one first", async () => {
  const threads = await readThreads(Deno.pid);
  assertEquals(threads[0]?.id, Deno.pid);
  assert(threads.length > 1);
});

Deno.test("the peak of memory counts anew once it is reset", async () => {
  // Large memory that is let go of goes back to the system at once.
  const program =
    "import sys; x = bytearray(64 << 20); del x; print('ready', flush=True); sys.stdin.read()";
  await using process = await LineProcess.start("python3", ["-c", program]);
  const before = await readMemory(process.pid);
  assert(before.peak - before.rss > 32, `${before.peak} MiB at the peak, ${before.rss} now`);
  await resetPeak(process.pid);
  const after = await readMemory(process.pid);
  assert(after.peak - after.rss < 8, `${after.peak} MiB at the peak, ${after.rss} now`);
});
