/** What is said of an Admin API that answers otherwise than Janus does; and the secret, should it echo it. */
import { Router } from "../../../ffi/zmq/mod.ts";
import { Model } from "../../../plugins/monitor/model.ts";
import { AdminSource } from "../../../plugins/monitor/sources/admin_source.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { Heard, until } from "./following.ts";

const SECRET = "S3cretAdmin";

type Request = Readonly<Record<string, unknown>>;

/** Something that answers requests, and the source that asks it. */
class Asked implements AsyncDisposable {
  readonly heard = new Heard();
  readonly model: Model;
  readonly #router = new Router({ linger: 0 });
  readonly #source: AdminSource;
  readonly #serving: Promise<void>;

  constructor(answer: (request: Request) => unknown) {
    this.#router.bindSync("tcp://127.0.0.1:*");
    const endpoint = this.#router.lastEndpoint!;
    this.model = new Model([{ name: null, endpoint, admin: true }], Date.now());
    this.#serving = this.#serve(answer);
    const options = { endpoint, secret: SECRET, curve: null, plain: null };
    this.#source = new AdminSource(this.model, 0, options, endpoint, this.heard);
  }

  get state() {
    return this.model.snapshot(Date.now()).servers[0]!;
  }

  async #serve(answer: (request: Request) => unknown): Promise<void> {
    for await (const frames of this.#router) {
      const request: Request = JSON.parse(frames.at(-1)!.toString());
      const value = answer(request);
      const { transaction } = request;
      const text = typeof value === "string" ? value : JSON.stringify({ transaction, ...value! });
      await this.#router.send([...frames.slice(0, -1), text]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#source.close();
    this.#router.close();
    await this.#serving;
  }
}

/** As Janus answers. */
function janus({ janus }: Request): object {
  if (janus === "info") return { janus: "server_info", version_string: "1", "server-name": "lab" };
  if (janus === "list_sessions") return { janus: "success", sessions: [1, 2] };
  return { janus: janus === "ping" ? "pong" : "success", response: { state: "running" } };
}

const CASES:
  readonly (readonly [name: string, says: string, answer: (request: Request) => unknown])[] = [
    ["garbage", "does not make sense", () => "\xff{garbage"],
    ["no list of sessions", "does not make sense", (request) => ({
      ...janus(request),
      sessions: { length: 1e9 },
    })],
    [
      "JSON of another kind",
      "answers with an error (The answer makes no sense)",
      () => ({ janus: 7 }),
    ],
    [
      "an error",
      "refuses the request (said (secret) ",
      ({ admin_secret }) => ({
        janus: "error",
        error: { code: 403, reason: `said ${admin_secret} ${"x".repeat(10_000)}` },
      }),
    ],
  ];

for (const [name, says, answer] of CASES) {
  Deno.test(`an Admin API that answers with ${name} is said to`, async () => {
    await using asked = new Asked(answer);
    await until(() => asked.state.admin.problem !== null);
    assertStringIncludes(asked.state.admin.problem!, says);
    assertEquals(asked.heard.lines, [asked.state.admin.problem]);
    assert(!JSON.stringify(asked.model.snapshot(0)).includes(SECRET));
    assert(asked.state.admin.problem!.length < 500);
  });
}

Deno.test("a server that tells the secret by its names does not have it shown", async () => {
  await using asked = new Asked((request) => ({
    ...janus(request),
    ...(request.janus === "info" ? { version_string: SECRET, "server-name": `x${SECRET}` } : {}),
    response: { state: SECRET, version: SECRET, dropped: { [SECRET]: { media: 1 } } },
  }));
  await until(() => asked.state.admin.state === "up");
  assertEquals([asked.state.name, asked.state.version], ["x(secret)", "(secret)"]);
  assertEquals(asked.state.transport?.state, "(secret)");
  assert(!JSON.stringify(asked.model.snapshot(0)).includes(SECRET));
});
