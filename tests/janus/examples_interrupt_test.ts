/** The examples, interrupted in the middle: they end at once, and Janus keeps nothing of them. */
import { assert, assertEquals } from "../assert.ts";
import { withFiles } from "../folder.ts";
import { WatchedTask } from "../scripts/task.ts";
import { LANGUAGES, spawn } from "./support/examples.ts";
import { Fixture } from "./support/fixture.ts";

/** Milliseconds that a message is held up: an example waits in the middle of its session. */
const HOLD_MS = 4000;

const HOLD = `import { defineTransportHook } from "@janus-zeromq/janus-zeromq";
export default defineTransportHook({
  name: "hold",
  async onRequest(request) {
    if (request.janus === "message") await new Promise((resolve) => setTimeout(resolve, ${HOLD_MS}));
  },
});
`;

/** A Janus that holds messages up. */
async function holding(use: (fixture: Fixture) => Promise<void>): Promise<void> {
  await withFiles({ "hold.ts": HOLD }, async (folder) => {
    const hooks = { modules: [`${folder}/hold.ts`], timeout: 10 * HOLD_MS };
    await using fixture = await Fixture.start({
      admin: true,
      settings: { janus: { events: { broadcast: true } }, transport: { hooks } },
    });
    await use(fixture);
  });
}

for (const { name, command } of LANGUAGES) {
  Deno.test(`the ${name} examples leave nothing behind on Ctrl-C in the middle of a session`, () =>
    holding(async (fixture) => {
      await using sub = await fixture.subscribe();
      for (const program of name === "Node" ? ["requests"] : ["requests", "polling"]) {
        const example = spawn([...await command(program), fixture.janus.endpoints.api]);
        await sub.until(({ type, event }) => type === 2 && event.name === "attached");
        example.kill("SIGINT");
        const { code, stderr } = await new WatchedTask(example).end();
        assertEquals([code, stderr], [130, ""], program);
        await fixture.waitFor("its session to go", async () => {
          return (await fixture.admin("list_sessions")).sessions.length === 0;
        });
      }
    }));

  Deno.test(`the ${name} example of events leaves nothing behind on Ctrl-C`, async () => {
    await using fixture = await Fixture.start({ admin: true });
    const events = new WatchedTask(
      spawn([...await command("events"), fixture.janus.endpoints.events]),
    );
    await fixture.subscriptions(1);
    await fixture.emit({ name: "first" });
    await events.until(({ stdout }) => stdout.includes("first"));
    events.interrupt();
    const { code, stderr } = await events.end();
    assert(code === 0 || code === 130, `${code}`);
    assertEquals(stderr, "");
    await fixture.subscriptions(0);
  });
}
