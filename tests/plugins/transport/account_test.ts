import { Accounts } from "../../../plugins/transport/account.ts";
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
      key,
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
