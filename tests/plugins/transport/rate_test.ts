import { TokenBucket } from "../../../plugins/transport/account.ts";
import { assertEquals } from "../../assert.ts";

/** How many of `count` attempts at once succeed. */
function takes(bucket: TokenBucket, count: number, rate: number, burst: number, now: number) {
  let taken = 0;
  for (let i = 0; i < count; i++) if (bucket.take(rate, burst, now)) taken++;
  return taken;
}

Deno.test("a burst at once, then the rate", () => {
  const bucket = new TokenBucket(5, 1000);
  assertEquals(takes(bucket, 10, 100, 5, 1000), 5);
  assertEquals(takes(bucket, 10, 100, 5, 1009), 0);
  assertEquals(takes(bucket, 10, 100, 5, 1010), 1);
  assertEquals(takes(bucket, 10, 100, 5, 1040), 3);
});

Deno.test("attempts that fail cost nothing, and parts of a token add up", () => {
  const bucket = new TokenBucket(1, 0);
  let taken = 0;
  for (let now = 0; now < 10_000; now++) if (bucket.take(10, 1, now)) taken++;
  assertEquals(taken, 100);
});

Deno.test("a rest gives no more than a burst", () => {
  const bucket = new TokenBucket(5, 0);
  assertEquals(takes(bucket, 5, 10, 5, 0), 5);
  assertEquals(takes(bucket, 100, 10, 5, 3_600_000), 5);
});

Deno.test("no rate is no limit", () => {
  const bucket = new TokenBucket(1, 0);
  assertEquals(takes(bucket, 1000, 0, 1, 0), 1000);
});

Deno.test("a limit that is set later holds from then on, and a burst that shrinks at once", () => {
  const bucket = new TokenBucket(1000, 0);
  takes(bucket, 500, 0, 1000, 0);
  assertEquals(takes(bucket, 100, 1, 20, 1), 20);
});

Deno.test("a clock that is set back stops nobody for long", () => {
  const bucket = new TokenBucket(2, 1_000_000);
  assertEquals(takes(bucket, 2, 10, 2, 1_000_000), 2);
  assertEquals(takes(bucket, 1, 10, 2, 500_000), 0);
  assertEquals(takes(bucket, 5, 10, 2, 500_100), 1);
});
