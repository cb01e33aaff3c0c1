import { Accounts, TokenBucket } from "../../../plugins/transport/account.ts";
import { assert, assertEquals, assertStrictEquals } from "../../assert.ts";
import { newTable } from "./peer.ts";

Deno.test("an account is a connection's, or a name's on all of its connections", () => {
  const accounts = new Accounts();
  const first = accounts.of(null, 20, 1, 5);
  assertStrictEquals(accounts.of(null, 20, 1, 5), first);
  assert(accounts.of(null, 21, 2, 5) !== first);
  assert(accounts.of(null, 20, 3, 5) !== first, "the descriptor is another connection's by now");
  const ann = accounts.of("ann", 20, 1, 5);
  assertStrictEquals(accounts.of("ann", 21, 2, 5), ann);
  assert(accounts.of("bob", 21, 2, 5) !== ann && ann !== first);
});

Deno.test("what a peer has under way counts where it is, and nowhere once it is gone", () => {
  const table = newTable();
  const [one, two] = [table.account(null, 20, 1), table.account(null, 21, 2)];
  const [a, b] = ["a", "b"].map((key) =>
    table.add({
      frames: [new TextEncoder().encode("proxy"), new TextEncoder().encode(key)],
      delimiter: false,
      pushable: true,
      name: null,
      address: "",
    })!
  );
  for (const peer of [a!, b!]) {
    table.attach(peer, 20, 1, one);
    table.beginRequest(peer, 2);
    table.beginRequest(peer, 2);
  }
  assertEquals([one.peers, one.inFlight], [2, 4]);
  table.endRequest(a!);
  table.attach(a!, 21, 2, two);
  assertEquals([one.peers, one.inFlight, two.peers, two.inFlight], [1, 2, 1, 1]);
  table.remove(b!);
  table.endRequest(b!); // too late
  table.endRequest(a!);
  table.endRequest(a!); // an earlier process's
  assertEquals([one.peers, one.inFlight, two.peers, two.inFlight], [0, 0, 1, 0]);
});

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
