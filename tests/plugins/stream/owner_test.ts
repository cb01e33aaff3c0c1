/** Whoever may publish to the subject of a name's owner can say anything there. */
import { connect } from "@nats-io/transport-node";
import { Owner } from "../../../plugins/stream/owner.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { NatsServer } from "./server.ts";

const SUBJECT = "janus.events-owner.one";
const CLAIM = { epoch: 1, host: "b", born: 1, token: 1, since: 1, yields: false };

/** An owner, and what is said to it. */
async function told(say: readonly (string | Uint8Array)[]): Promise<string[]> {
  await using server = await NatsServer.start();
  const nc = await connect({ servers: server.url });
  const other = await connect({ servers: server.url });
  const heard: string[] = [];
  const owner = new Owner(
    { instance: "one", epoch: 1_700_000_000_000 },
    "a",
    "janus.events",
    false,
    {
      refused: ({ message }) => void heard.push(message),
      outranked: () => void heard.push("outranked"),
    },
  );
  const disown = await owner.claim(nc);
  for (const one of say) other.publish(SUBJECT, one);
  await other.flush();
  await nc.flush();
  await new Promise((resolve) => setTimeout(resolve, 50));
  disown();
  await other.close();
  await nc.close();
  return heard;
}

Deno.test("what makes no sense on an owner's subject is passed over", async () => {
  const odd = [
    { ...CLAIM, epoch: "x" },
    { ...CLAIM, epoch: 1e300 },
    { ...CLAIM, epoch: null },
    { ...CLAIM, since: -1 },
    { ...CLAIM, since: "1" },
    { ...CLAIM, host: 5 },
    { ...CLAIM, host: "h".repeat(300) },
    { ...CLAIM, host: { toString: 1 } },
    { ...CLAIM, token: undefined },
    { ...CLAIM, born: [] },
    { ...CLAIM, yields: "no" },
    { ...CLAIM, more: "x".repeat(100_000) },
    { epoch: "x", host: "h", since: -1 },
  ].map((one) => JSON.stringify(one));
  const texts = ["", "null", "5", '"x"', "[]", "{}", "{", "[".repeat(4000), "x".repeat(900_000)];
  assertEquals(await told([...odd, ...texts, new Uint8Array([0xff, 0xfe, 0])]), []);
});

Deno.test("who says that it has had the name for longer is heard, in words that fit a line", async () => {
  const host = "b\x1b[2J\nfake\u202eline\u2028x\x9b";
  const [line = "", ...more] = await told([JSON.stringify({ ...CLAIM, host })]);
  assertEquals(more, []);
  assertStringIncludes(line, "The instance name one is in use by the server on b [2J fake line x ");
  assertMatch(line, /started 1970-01-01/);
  // deno-lint-ignore no-control-regex -- exactly those
  assert(!/[\x00-\x1f\x7f-\x9f\u2028-\u202e]/.test(line), line);
});
